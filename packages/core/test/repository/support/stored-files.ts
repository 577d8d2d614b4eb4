import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { bodyOf } from '../../../src/body.ts';
import { MemoryDestination } from '../../../src/testing/memory-destination.ts';

const { signal } = new AbortController();

/** What stands in a folder, as a destination. */
export const loadFolder = async (directory: string): Promise<MemoryDestination> => {
  const destination = new MemoryDestination({ label: 'folder' });
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const key = path.slice(directory.length + 1).replaceAll(sep, '/');
    if (entry.isFile()) await destination.put(key, bodyOf(readFileSync(path)), { signal });
  }
  return destination;
};

/** The objects of a destination as files, and the folders that restic wants to see. */
export const saveFolder = (destination: MemoryDestination, directory: string): void => {
  for (const kind of ['data', 'index', 'keys', 'locks', 'snapshots'])
    mkdirSync(join(directory, kind), { recursive: true });
  for (const [key, { content }] of destination.store) {
    const path = join(directory, key);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
};
