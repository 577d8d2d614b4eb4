import { type BytePath, bufferFromBytes, bytesFromText } from '@triplicate/core';
import { platform } from 'node:os';

const windows = platform() === 'win32';

/**
 * Where an absolute path stands in a snapshot, as restic has it: its components, a drive as its letter. `/home/ann` is `home/ann`,
 * `C:\Users` is `C/Users`, the root is empty.
 */
export const treePath = (absolute: string): BytePath => {
  const parts = windows ? absolute.replace(/^([A-Za-z]):/, '$1').split(/[\\/]+/) : absolute.split(/\/+/);
  return bytesFromText(parts.filter((part) => part !== '').join('/'));
};

/** The way back: the absolute path of a place in the snapshot. */
export const localPath = (path: BytePath): BytePath =>
  (windows ? path.replace(/^([^/]*)\/?/, '$1:/') : `/${path}`) as BytePath;

/** As `node:fs` takes it: bytes, but text on Windows, where names are not bytes and only text may be longer than 260 characters. */
export const fsPath = (path: BytePath): Buffer | string => {
  const bytes = bufferFromBytes(localPath(path));
  return windows ? bytes.toString('utf8') : bytes;
};

/** A folder as the patterns of the configuration speak of it: as it stands in the snapshot, behind a slash. */
export const patternPath = (absolute: string): string => `/${bufferFromBytes(treePath(absolute)).toString('utf8')}`;
