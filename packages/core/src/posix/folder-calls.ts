import { constants } from 'node:fs';
import { callTable } from './c-calls.ts';
import type { CFunction, CLibrary } from './library.ts';

/** Calls about a folder and what stands in it, by addresses in memory of the caller's: no name and no attribute becomes an object. Below 0: it failed. */
export interface FolderCalls {
  /** For `list` and `stat`. No link is followed in the last part of the path. */
  open(path: number): number;
  /** The next records of `getdents64(2)` to an address; gives how many bytes they have, 0 at the end. */
  list(folder: number, to: number, room: number): number;
  /** What `statx(2)` tells of the folder itself, to an address. `emptyName`: where an empty name stands. */
  statSelf(folder: number, emptyName: number, to: number): number;
  /** The same of an entry, a link itself and not what it points at. */
  stat(folder: number, name: number, to: number): number;
  close(folder: number): void;
}

const here = -100;
const closeOnExec = 0x80000;
const [noFollow, emptyPath] = [0x100, 0x1000];
const basicStats = 0x7ff;

/** The C library of musl has it by its old name only; what it fills in is the same. */
const getdents = (library: CLibrary): CFunction => {
  try {
    return library.declare('int getdents64(int, uintptr_t, size_t)');
  } catch {
    return library.declare('int getdents(int, uintptr_t, size_t)');
  }
};

/** Linux with a C library that knows all of them; `undefined` elsewhere. */
export const folderCalls = callTable((library): FolderCalls | undefined => {
  if (library.system !== 'linux') return undefined;
  try {
    const openat = library.declare('int openat(int, uintptr_t, int, uint)');
    const statx = library.declare('int statx(int, uintptr_t, int, uint, uintptr_t)');
    const close = library.declare('int close(int)');
    const entries = getdents(library);
    const flags =
      constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK | closeOnExec;
    return {
      open: (path) => openat(here, path, flags, 0) as number,
      list: (folder, to, room) => entries(folder, to, room) as number,
      statSelf: (folder, emptyName, to) => statx(folder, emptyName, emptyPath, basicStats, to) as number,
      stat: (folder, name, to) => statx(folder, name, noFollow, basicStats, to) as number,
      close: (folder) => void close(folder),
    };
  } catch {
    return undefined;
  }
});
