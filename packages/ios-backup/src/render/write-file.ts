import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { throwIfAborted, toBackupError } from '@triplicate/core';
import { checkPath } from '../files/backup-files.ts';
import type { WriteOptions } from './export-sink.ts';
import { inBlocks } from './in-blocks.ts';

export interface WrittenFile {
  readonly size: number;
  /** SHA-256 in hex. */
  readonly hash: string;
  /** As the disk keeps it. */
  readonly mtimeMs: number;
}

/**
 * Writes a file below `root` beside its place and moves it there when it is whole, over whatever has that name. What stood there before
 * stays until then, and for good when the content cannot be had.
 */
export const writeFileWhole = async (
  root: string,
  path: string,
  content: AsyncIterable<Uint8Array | string>,
  options: WriteOptions,
): Promise<WrittenFile> => {
  const aside = await writeAside(root, path, content, options);
  await aside.keep();
  return aside;
};

export interface Aside extends WrittenFile {
  /** Moves it to its place, or to another one below the same root. */
  keep(path?: string): Promise<void>;
  drop(): Promise<void>;
}

/** The same in two steps, for who wants to look at the hash before something is replaced. */
export const writeAside = async (
  root: string,
  path: string,
  content: AsyncIterable<Uint8Array | string>,
  { signal, modified }: WriteOptions,
): Promise<Aside> => {
  const place = join(root, checkPath(path));
  const aside = join(dirname(place), `.triplicate-${randomUUID()}`);
  const drop = (): Promise<void> => rm(aside, { force: true });
  const hash = createHash('sha256');
  let size = 0;
  let mtimeMs = 0;
  try {
    await mkdir(dirname(place), { recursive: true });
    {
      await using handle = await open(aside, 'wx');
      for await (const piece of inBlocks(content)) {
        throwIfAborted(signal);
        const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
        hash.update(bytes);
        size += bytes.length;
        await handle.writeFile(bytes);
      }
    }
    if (modified !== undefined) await utimes(aside, modified, modified);
    ({ mtimeMs } = await stat(aside));
  } catch (error) {
    await drop();
    throw toBackupError(error, 'IO', path);
  }
  const keep = async (other = path): Promise<void> => {
    try {
      await rename(aside, join(root, checkPath(other)));
    } catch (error) {
      await drop();
      throw toBackupError(error, 'IO', path);
    }
  };
  return { size, mtimeMs, hash: hash.digest('hex'), keep, drop };
};
