import { platform } from 'node:os';
import { type BytePath, bufferFromBytes } from '../bytes.ts';

/**
 * A path as `node:fs` takes it: bytes where names are bytes. Windows has names of UTF-16, and `node:fs` lifts its limit of 260
 * characters for strings only, so there it is text.
 */
export const fsPath = (path: BytePath): Buffer | string =>
  platform() === 'win32' ? bufferFromBytes(path).toString('utf8') : bufferFromBytes(path);
