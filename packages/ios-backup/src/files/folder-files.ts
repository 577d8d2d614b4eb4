import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError, throwIfAborted, toBackupError } from '@triplicate/core';
import type { CallOptions, ReadOptions } from '@triplicate/core';
import { checkPath } from './backup-files.ts';
import type { BackupFiles, FileStat, ListedFile } from './backup-files.ts';

const pieceBytes = 256 * 1024;

/** A MobileSync folder on this machine. Links are never followed: a backup has none, and one that does could name any file. */
export class FolderFiles implements BackupFiles {
  readonly label: string;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    this.label = root;
  }

  async stat(path: string, { signal }: CallOptions): Promise<FileStat | undefined> {
    throwIfAborted(signal);
    try {
      return describe(await lstat(this.#place(path)));
    } catch (error) {
      const said = toBackupError(error, 'IO', path);
      if (said.code === 'NOT_FOUND') return undefined;
      throw said;
    }
  }

  async *open(path: string, { signal, range }: ReadOptions): AsyncGenerator<Uint8Array> {
    await using handle = await openQuietly(this.#place(path), path);
    const { size } = await handle.stat();
    const end = range === undefined ? size : Math.min(size, range.offset + range.length);
    for (let at = range?.offset ?? 0; at < end;) {
      throwIfAborted(signal);
      const piece = Buffer.allocUnsafe(Math.min(pieceBytes, end - at));
      const { bytesRead } = await handle.read(piece, 0, piece.length, at);
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  async *list(path: string, { signal }: CallOptions): AsyncGenerator<ListedFile> {
    const names = await readdir(this.#place(path)).catch((error: unknown) => {
      throw toBackupError(error, 'IO', path);
    });
    for (const name of names) {
      const stat = await this.stat(path === '' ? name : `${path}/${name}`, { signal });
      if (stat !== undefined) yield { name, ...stat };
    }
  }

  #place(path: string): string {
    return join(this.#root, checkPath(path));
  }
}

const describe = (info: { isFile(): boolean; isDirectory(): boolean; size: number }): FileStat => ({
  kind: info.isFile() ? 'file' : info.isDirectory() ? 'folder' : 'other',
  size: info.isFile() ? info.size : 0,
});

const openQuietly = async (place: string, path: string) => {
  try {
    return await open(place, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    if ((error as { code?: string }).code === 'ELOOP') {
      throw new BackupError('UNREADABLE', `"${path}" is a link, and a backup has none`, { cause: error });
    }
    throw toBackupError(error, 'IO', path);
  }
};
