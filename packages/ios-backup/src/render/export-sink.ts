import { mkdir, open, rm, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BackupError, throwIfAborted, toBackupError } from '@triplicate/core';
import type { CallOptions } from '@triplicate/core';
import { checkPath } from '../files/backup-files.ts';
import { FreeFolders } from './free-folders.ts';
import { inBlocks } from './in-blocks.ts';
import { numbered } from './safe-name.ts';
import { fold } from './safe-paths.ts';

export interface WriteOptions extends CallOptions {
  /** What the file's date becomes. */
  readonly modified?: Date | undefined;
  /** Says what the content is without its being read: another text when it is another one. */
  readonly identity?: string | undefined;
}

/** Where an export goes: a folder, a test's memory, a web page's download. */
export interface ExportSink {
  /** Writes a new file and never replaces one: the path that it got is given back, which differs when the name was taken. */
  write(path: string, content: AsyncIterable<Uint8Array | string>, options: WriteOptions): Promise<string>;
  /** A file that belongs to a record and whose content is not there: the path at which an earlier export has it, if any. */
  keep?(path: string): Promise<string | undefined>;
}

/**
 * A folder on this machine. Files are new (`name (2).jpg` when there is one already, or one of this export whose name differs only in upper
 * and lower case) and carry the dates they had on the phone.
 */
export class FolderSink implements ExportSink {
  readonly #root: string;
  readonly #folders: FreeFolders;
  readonly #given = new Set<string>();

  constructor(root: string) {
    this.#root = root;
    this.#folders = new FreeFolders(root);
  }

  async write(
    path: string,
    content: AsyncIterable<Uint8Array | string>,
    { signal, modified }: WriteOptions,
  ): Promise<string> {
    const { handle, taken } = await this.#create(checkPath(path));
    try {
      for await (const piece of inBlocks(content)) {
        throwIfAborted(signal);
        await handle.writeFile(piece);
      }
    } catch (error) {
      // Half a file would look like a whole one.
      await handle.close();
      await rm(join(this.#root, taken), { force: true });
      this.#given.delete(fold(taken));
      throw error;
    }
    await handle.close();
    if (modified !== undefined) await utimes(join(this.#root, taken), modified, modified);
    return taken;
  }

  async #create(asked: string) {
    const folder = await this.#folders.of(dirname(asked));
    const path = folder === '.' ? basename(asked) : `${folder}/${basename(asked)}`;
    await mkdir(join(this.#root, folder), { recursive: true });
    for (let attempt = 1; attempt < 10_000; attempt++) {
      const taken = attempt === 1 ? path : numbered(path, attempt);
      if (this.#given.has(fold(taken))) continue;
      try {
        const handle = await open(join(this.#root, taken), 'wx');
        this.#given.add(fold(taken));
        return { handle, taken };
      } catch (error) {
        if ((error as { code?: string }).code !== 'EEXIST') throw toBackupError(error, 'IO', path);
      }
    }
    throw new BackupError('ALREADY_EXISTS', `too many files are called "${path}"`);
  }
}
