import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface Comparison {
  readonly files: number;
  readonly equal: number;
}

/** How many files of a folder stand in another one, byte for byte the same. */
export const compareFolders = async (original: string, copy: string): Promise<Comparison> => {
  const entries = await readdir(original, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(original, join(entry.parentPath, entry.name)));
  let equal = 0;
  for (const file of files) {
    const [a, b] = await Promise.all([hashOf(join(original, file)), hashOf(join(copy, file)).catch(() => undefined)]);
    if (a === b) equal += 1;
  }
  return { files: files.length, equal };
};

const hashOf = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
};
