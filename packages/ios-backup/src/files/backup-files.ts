import { BackupError, collect } from '@triplicate/core';
import type { CallOptions, ReadOptions } from '@triplicate/core';

export interface FileStat {
  readonly kind: 'file' | 'folder' | 'other';
  /** Bytes; 0 for anything that is not a file. */
  readonly size: number;
}

export interface ListedFile extends FileStat {
  readonly name: string;
}

/**
 * A MobileSync tree to read from: a folder, a snapshot of a repository, or a tree that is still growing all look like this.
 * Paths are relative to the folder that holds `Manifest.db`, joined by `/`, and can never leave it.
 */
export interface BackupFiles {
  /** For people, e.g. a path or `snapshot 4f2a91c0`. */
  readonly label: string;
  /** What stands at `path`; `undefined` when nothing does. */
  stat(path: string, options: CallOptions): Promise<FileStat | undefined>;
  /** The bytes of a file, or of a range that ends at the end of the file at the latest; NOT_FOUND when there is none. */
  open(path: string, options: ReadOptions): AsyncIterable<Uint8Array>;
  /** The children of a folder, in no promised order; NOT_FOUND when there is no folder at `path`. */
  list(path: string, options: CallOptions): AsyncIterable<ListedFile>;
  /** A text that another content of the file would not have, where one can be had without reading it. */
  fingerprint?(path: string, options: CallOptions): Promise<string | undefined>;
}

/** `path` again when it is relative and stays inside; UNREADABLE otherwise. */
export const checkPath = (path: string): string => {
  const parts = path.split('/');
  const fits = path === '' || parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (fits && !path.includes('\0') && !path.includes('\\')) return path;
  throw new BackupError('UNREADABLE', `"${path.slice(0, 200)}" is not a path inside the backup`);
};

export interface WholeFileOptions extends CallOptions {
  /** More bytes than this are refused before they are read. */
  readonly limit: number;
}

/** A small file as one buffer; UNSUPPORTED when it is larger than the limit. */
export const readWhole = async (files: BackupFiles, path: string, options: WholeFileOptions): Promise<Buffer> => {
  const stat = await files.stat(path, options);
  if (stat?.kind !== 'file') throw new BackupError('NOT_FOUND', `no file "${path}" in ${files.label}`);
  if (stat.size > options.limit) {
    throw new BackupError(
      'UNSUPPORTED',
      `"${path}" has ${stat.size} bytes, more than the ${options.limit} allowed for it`,
    );
  }
  return collect(files.open(path, { signal: options.signal, range: { offset: 0, length: stat.size } }));
};
