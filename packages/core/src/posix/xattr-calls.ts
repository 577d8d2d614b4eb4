import { callTable, lazily } from './c-calls.ts';
import type { CFunction, CLibrary } from './library.ts';

/** The calls for extended attributes, in one shape for the two systems; none follows a link. -1 is an error, told by errno. */
export interface XattrCalls {
  list(path: Buffer, room: Buffer | null): number;
  get(path: Buffer, name: Buffer, room: Buffer | null): number;
  set(path: Buffer, name: Buffer, value: Uint8Array): number;
  setOpen(fd: number, name: Buffer, value: Uint8Array): number;
  listOpen(fd: number, room: Buffer | null): number;
  removeOpen(fd: number, name: Buffer): number;
}

type Declare = (prototype: string) => CFunction;

const linuxCalls = (declare: Declare): XattrCalls => {
  const list = declare('long llistxattr(const void *, void *, size_t)');
  const get = declare('long lgetxattr(const void *, const void *, void *, size_t)');
  const set = declare('int lsetxattr(const void *, const void *, const void *, size_t, int)');
  const setOpen = declare('int fsetxattr(int, const void *, const void *, size_t, int)');
  const listOpen = declare('long flistxattr(int, void *, size_t)');
  const removeOpen = declare('int fremovexattr(int, const void *)');
  return {
    list: (path, room) => Number(list(path, room, room?.length ?? 0)),
    get: (path, name, room) => Number(get(path, name, room, room?.length ?? 0)),
    set: (path, name, value) => Number(set(path, name, value, value.length, 0)),
    setOpen: (fd, name, value) => Number(setOpen(fd, name, value, value.length, 0)),
    listOpen: (fd, room) => Number(listOpen(fd, room, room?.length ?? 0)),
    removeOpen: (fd, name) => Number(removeOpen(fd, name)),
  };
};

/** XATTR_NOFOLLOW of macOS, whose calls take a position (of a resource fork) and options besides. */
const noFollow = 1;

const darwinCalls = (declare: Declare): XattrCalls => {
  const list = declare('long listxattr(const void *, void *, size_t, int)');
  const get = declare('long getxattr(const void *, const void *, void *, size_t, uint, int)');
  const set = declare('int setxattr(const void *, const void *, const void *, size_t, uint, int)');
  const setOpen = declare('int fsetxattr(int, const void *, const void *, size_t, uint, int)');
  const listOpen = declare('long flistxattr(int, void *, size_t, int)');
  const removeOpen = declare('int fremovexattr(int, const void *, int)');
  return {
    list: (path, room) => Number(list(path, room, room?.length ?? 0, noFollow)),
    get: (path, name, room) => Number(get(path, name, room, room?.length ?? 0, 0, noFollow)),
    set: (path, name, value) => Number(set(path, name, value, value.length, 0, noFollow)),
    setOpen: (fd, name, value) => Number(setOpen(fd, name, value, value.length, 0, 0)),
    listOpen: (fd, room) => Number(listOpen(fd, room, room?.length ?? 0, 0)),
    removeOpen: (fd, name) => Number(removeOpen(fd, name, 0)),
  };
};

export interface XattrTable {
  readonly library: CLibrary;
  readonly calls: XattrCalls;
  /** What errno says of an attribute that is not there: ENODATA, which macOS calls ENOATTR. */
  readonly noSuchAttribute: number;
}

export const xattrTable = callTable((library): XattrTable => {
  const declare: Declare = (prototype) => lazily(library, prototype);
  return library.system === 'linux'
    ? { library, calls: linuxCalls(declare), noSuchAttribute: 61 }
    : { library, calls: darwinCalls(declare), noSuchAttribute: 93 };
});
