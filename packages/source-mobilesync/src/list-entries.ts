import { bufferFromBytes, type ByteName, type BytePath, joinBytes } from '@triplicate/core';
import { type BigIntStats, lstatSync, readdirSync } from 'node:fs';

export interface FolderEntry {
  readonly name: ByteName;
  /** What was thrown when it was looked at, in its place. */
  readonly stat: BigIntStats | Error;
}

const windows = process.platform === 'win32';

/** As `node:fs` takes it: bytes, and text on Windows, where names are no bytes. */
const fsPath = (path: BytePath): Buffer | string => {
  const bytes = bufferFromBytes(path);
  return windows ? bytes.toString('utf8') : bytes;
};

/** What systems leave in any folder, and where an unfinished backup is put together: no part of a backup. */
const isLitter = (name: ByteName, isTop: boolean): boolean =>
  name === '.DS_Store' ||
  name.startsWith('._') ||
  /^(thumbs\.db|desktop\.ini)$/i.test(name) ||
  (isTop && name === 'Snapshot');

/** The entries of a folder in byte order. */
export const listEntries = (folder: BytePath, isTop: boolean): readonly FolderEntry[] => {
  const names = readdirSync(fsPath(folder), { encoding: windows ? 'utf8' : 'latin1' }).map(
    (name) => (windows ? Buffer.from(name).toString('latin1') : name) as ByteName,
  );
  return names
    .filter((name) => !isLitter(name, isTop))
    .toSorted()
    .map((name) => ({ name, stat: look(joinBytes(folder, name)) }));
};

export const look = (path: BytePath): BigIntStats | Error => {
  try {
    return lstatSync(fsPath(path), { bigint: true });
  } catch (error) {
    return error as Error;
  }
};
