import { createHash, randomUUID } from 'node:crypto';
import { lstat, mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackupError, throwIfAborted, toBackupError } from '@triplicate/core';
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
 * stays until then, and for good when the content cannot be had. ALREADY_EXISTS where a file has the name of a folder, or a folder that of the file.
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
  let isBegun = false;
  const hash = createHash('sha256');
  let size = 0;
  let mtimeMs = 0;
  try {
    await makeFolder(root, dirname(path));
    isBegun = true;
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
    if (isBegun) await drop();
    throw toBackupError(error, 'IO', path);
  }
  const keep = async (other = path): Promise<void> => {
    try {
      await rename(aside, join(root, checkPath(other)));
    } catch (error) {
      await drop();
      if ((await lstat(join(root, other)).catch(() => undefined))?.isDirectory() === true)
        throw inTheWay(`a folder stands where "${other}" has to be a file`, error);
      throw toBackupError(error, 'IO', path);
    }
  };
  return { size, mtimeMs, hash: hash.digest('hex'), keep, drop };
};

const makeFolder = async (root: string, folder: string): Promise<void> => {
  try {
    await mkdir(join(root, folder), { recursive: true });
  } catch (error) {
    for (let at = folder; at !== '.'; at = dirname(at)) {
      const there = await stat(join(root, at)).catch(() => undefined);
      if (there !== undefined && !there.isDirectory())
        throw inTheWay(`a file stands where "${at}" has to be a folder`, error);
    }
    throw error;
  }
};

const inTheWay = (message: string, cause: unknown): BackupError =>
  new BackupError('ALREADY_EXISTS', message, { hint: 'Move it away, or choose another folder.', cause });
