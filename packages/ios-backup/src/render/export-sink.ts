import { mkdir, open, rm, utimes } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { BackupError, throwIfAborted, toBackupError } from '@triplicate/core';
import type { CallOptions } from '@triplicate/core';
import { checkPath } from '../files/backup-files.ts';
import { inBlocks } from './in-blocks.ts';

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

/** A folder on this machine. Files are new (`name (2).jpg` when there is one already) and carry the dates they had on the phone. */
export class FolderSink implements ExportSink {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
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
      throw error;
    }
    await handle.close();
    if (modified !== undefined) await utimes(join(this.#root, taken), modified, modified);
    return taken;
  }

  async #create(path: string) {
    await mkdir(join(this.#root, dirname(path)), { recursive: true });
    for (let attempt = 1; attempt < 10_000; attempt++) {
      const taken = attempt === 1 ? path : numbered(path, attempt);
      try {
        return { handle: await open(join(this.#root, taken), 'wx'), taken };
      } catch (error) {
        if ((error as { code?: string }).code !== 'EEXIST') throw toBackupError(error, 'IO', path);
      }
    }
    throw new BackupError('ALREADY_EXISTS', `too many files are called "${path}"`);
  }
}

/** `name (2).jpg` */
export const numbered = (path: string, attempt: number): string => {
  const extension = extname(path);
  const name = `${basename(path, extension)} (${attempt})${extension}`;
  const folder = dirname(path);
  return folder === '.' ? name : `${folder}/${name}`;
};

const longestNameBytes = 120;
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

// oxlint-disable-next-line no-control-regex -- exactly the characters that no name may have
const forbidden = /[\u0000-\u001f\u007f-\u009f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]/g;

/** One name of a file that every system takes: no separators, no control characters, no name that Windows keeps for itself. */
export const safeName = (text: string, fallback = 'untitled'): string => {
  const plain = text.normalize('NFC').replaceAll(forbidden, '_');
  const trimmed = plain.replaceAll(/^[\s.]+|[\s.]+$/g, '');
  const named = trimmed === '' ? fallback : reserved.test(trimmed) ? `_${trimmed}` : trimmed;
  if (Buffer.byteLength(named) <= longestNameBytes) return named;
  const extension = /\.[\w]{1,10}$/.exec(named)?.[0] ?? '';
  let stem = named.slice(0, named.length - extension.length);
  while (Buffer.byteLength(stem + extension) > longestNameBytes) stem = stem.replace(/.$/su, '');
  return stem + extension;
};

/** A path whose every part is a safe name. */
export const safePath = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '')
    .map((part) => safeName(part))
    .join('/') || 'untitled';
