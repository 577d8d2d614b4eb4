import type { ByteName, BytePath } from '../bytes.ts';
import { BackupError } from '../errors.ts';
import { checked, cString, passingCString } from './c-calls.ts';
import { errnoError } from './errno.ts';
import { type XattrTable, xattrTable } from './xattr-calls.ts';

/** In the order in which the system lists them, which is restic's order: the same folder has the same tree whoever saves it. */
export type ExtendedAttributes = ReadonlyMap<ByteName, Uint8Array>;

/** Whether extended attributes can be read and written here at all; a file system may still have none. */
export const xattrsAvailable = (): boolean => xattrTable() !== undefined;

/** Linux allows 64 KiB for a list of names and for a value (xattr(7)); a resource fork of macOS has no such limit. */
const room = Buffer.allocUnsafeSlow(64 * 1024);
const largestValue = 64 * 1024 * 1024;
/** ERANGE on Linux and on macOS. */
const rangeError = 34;

/**
 * The extended attributes of a file, a folder or a link (the link's own); `undefined` when there are none, or without a C library.
 * Throws the system's error otherwise, ENOTSUP where the file system has no such thing.
 */
export const readXattrs = (path: BytePath): ExtendedAttributes | undefined => {
  const table = xattrTable();
  if (table === undefined) return undefined;
  const file = passingCString(path);
  const list = fill(table, (into) => table.calls.list(file, into));
  if (list === undefined || list.length === 0) return undefined;
  const found = new Map<ByteName, Uint8Array>();
  for (const name of namesIn(list)) {
    const attribute = cString(name);
    const value = fill(table, (into) => table.calls.get(file, attribute, into));
    // One that went away since it was listed is not there.
    if (value !== undefined) found.set(name, Buffer.from(value));
  }
  return found.size === 0 ? undefined : found;
};

/** Most files have none and most values are short, so the shared room is tried before the size is asked for. */
const fill = (table: XattrTable, read: (into: Buffer | null) => number): Buffer | undefined => {
  const got = read(room);
  if (got >= 0) return room.subarray(0, got);
  const errno = table.library.errno();
  if (errno === table.noSuchAttribute) return undefined;
  if (errno !== rangeError) throw errnoError(errno);
  const wanted = read(null);
  if (wanted > largestValue) throw new BackupError('UNSUPPORTED', 'an extended attribute has more than 64 MiB');
  const larger = Buffer.alloc(Math.max(0, wanted));
  return larger.subarray(0, checked(table.library, read(larger)));
};

const namesIn = (list: Buffer): ByteName[] =>
  (list.toString('latin1').split('\0') as ByteName[]).filter((name) => name.length > 0);

/** Sets an extended attribute of what stands at `path`, of a link itself. Throws the system's error. */
export const writeXattr = (path: BytePath, name: ByteName, value: Uint8Array): void => {
  const { library, calls } = available();
  checked(library, calls.set(cString(path), cString(name), value), name);
};

/** Sets an extended attribute of an open file or folder. Throws the system's error. */
export const writeOpenXattr = (fd: number, name: ByteName, value: Uint8Array): void => {
  const { library, calls } = available();
  checked(library, calls.setOpen(fd, cString(name), value), name);
};

/** What a user or his programs gave to a file; the others belong to the system. */
const given = /^(?:user\.|trusted\.|system\.posix_acl_)/;

/** Removes from an open file or folder the extended attributes that are not `kept`, ACLs among them. Throws the system's error. */
export const dropOpenXattrs = (fd: number, kept: ReadonlySet<ByteName>): void => {
  const table = xattrTable();
  if (table === undefined) return;
  const { library, calls } = table;
  const list = fill(table, (into) => calls.listOpen(fd, into));
  if (list === undefined) return;
  for (const name of namesIn(list))
    if (!kept.has(name) && (library.system !== 'linux' || given.test(name)))
      checked(library, calls.removeOpen(fd, cString(name)), name);
};

const available = (): XattrTable => {
  const table = xattrTable();
  if (table === undefined) throw new BackupError('UNSUPPORTED', 'extended attributes cannot be written on this system');
  return table;
};
