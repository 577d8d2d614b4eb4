import { closeSync, openSync, readSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface FoundFile {
  readonly path: string;
  readonly bytes: number;
}

/** The regular files below a folder, in the order of their names. */
export const filesBelow = (root: string): readonly FoundFile[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((path) => ({ path, bytes: statSync(path).size }));

/** What the files below a folder hold, in bytes. */
export const bytesBelow = (root: string): number => filesBelow(root).reduce((sum, { bytes }) => sum + bytes, 0);

/** Reads every file once, so that nobody is the one to read it from the disk. */
export const warm = (root: string): void => {
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  for (const { path } of filesBelow(root)) {
    const file = openSync(path, 'r');
    while (readSync(file, buffer) > 0);
    closeSync(file);
  }
};
