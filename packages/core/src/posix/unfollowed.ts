import { chmodSync, closeSync, constants } from 'node:fs';
import { type ByteName, type BytePath, textFromBytes } from '../bytes.ts';
import { toBackupError } from '../errors.ts';
import type { CLibrary } from './library.ts';
import { writeOpenXattr, writeXattr } from './xattr.ts';

/** Opens an entry of an open folder with these flags besides; the caller closes it. */
export type OpenEntry = (folder: number, name: ByteName, flags: number) => number;

/** Opens anything without its permission and without waiting for it (open(2)). */
const pathOnly = 0x200000;
/** macOS: opens a link itself. */
const linkItself = 0x200000;

/** Sets an extended attribute of an entry of an open folder, of a link itself; neither system has a call for that. */
export const setXattrAt = (
  library: CLibrary,
  open: OpenEntry,
  entry: { readonly folder: number; readonly name: ByteName; readonly attribute: ByteName; readonly value: Uint8Array },
): void => {
  const { folder, name, attribute, value } = entry;
  // The folder's name among the open files of this process leads to that very folder and nowhere else.
  if (library.system === 'linux') return writeXattr(`/proc/self/fd/${folder}/${name}` as BytePath, attribute, value);
  const fd = open(folder, name, constants.O_RDONLY | constants.O_NONBLOCK | linkItself);
  try {
    writeOpenXattr(fd, attribute, value);
  } finally {
    closeSync(fd);
  }
};

/**
 * Sets the mode of an entry of an open folder through a handle of it, for a C library that cannot do so without following a link (glibc
 * before 2.32). Linux only; fails for a link.
 */
export const changeModeByHandle = (
  open: OpenEntry,
  { folder, name, mode }: { readonly folder: number; readonly name: ByteName; readonly mode: number },
): void => {
  const fd = open(folder, name, constants.O_NOFOLLOW | pathOnly);
  try {
    chmodSync(`/proc/self/fd/${fd}`, mode);
  } catch (error) {
    throw toBackupError(error, 'IO', `"${textFromBytes(name)}"`);
  } finally {
    closeSync(fd);
  }
};
