import { constants } from 'node:fs';
import type { ByteName, BytePath } from '../bytes.ts';
import { callTable, checked, cString, lazily } from './c-calls.ts';
import { errnoError, systemCode } from './errno.ts';
import type { CFunction } from './library.ts';
import { changeModeByHandle, type OpenEntry, setXattrAt } from './unfollowed.ts';

/** The numbers of `fcntl.h` that Node does not tell and in which the systems differ. */
const numbers = {
  linux: { closeOnExec: 0x80000, noFollow: 0x100, removeFolder: 0x200 },
  darwin: { closeOnExec: 0x1000000, noFollow: 0x20, removeFolder: 0x80 },
} as const;

/** Calls about an entry of an open folder (a file descriptor). No link is followed. Each throws the system's error as a BackupError. */
export interface AtCalls {
  open(folder: number, name: ByteName, flags: number): number;
  makeFolder(folder: number, name: ByteName): void;
  remove(folder: number, name: ByteName): void;
  removeFolder(folder: number, name: ByteName): void;
  rename(folder: number, from: ByteName, to: ByteName): void;
  symlink(folder: number, name: ByteName, target: BytePath): void;
  /** `from` is another name of the same file, in the folder `fromFolder`. */
  link(folder: number, name: ByteName, from: { readonly folder: number; readonly name: ByteName }): void;
  /** `type` is one of `mknod`'s S_IF…; made with mode 0600. */
  makeNode(folder: number, name: ByteName, node: { readonly type: number; readonly device: bigint }): void;
  changeOwner(folder: number, name: ByteName, owner: { readonly uid: number; readonly gid: number }): void;
  changeMode(folder: number, name: ByteName, mode: number): void;
  setXattr(folder: number, name: ByteName, xattr: { readonly attribute: ByteName; readonly value: Uint8Array }): void;
}

/** What is made is the maker's alone until its attributes are set. */
const newFolderMode = 0o700;
const newFileMode = 0o600;

/** The last argument of a call whose number of them may vary comes with its type. */
const varying =
  (call: CFunction): CFunction =>
  (...args) =>
    call(...args.slice(0, -1), 'uint', ...args.slice(-1));

export const atCalls = callTable((library): AtCalls => {
  const { closeOnExec, noFollow, removeFolder } = numbers[library.system];
  const declare = (prototype: string): CFunction => lazily(library, prototype);
  // Arguments that may vary are worked out anew at each call. On Linux they stand where others do, on macOS they do not.
  const openatMode =
    library.system === 'linux'
      ? declare('int openat(int, const void *, int, uint)')
      : varying(declare('int openat(int, const void *, int, ...)'));
  const mkdirat = declare('int mkdirat(int, const void *, uint)');
  const unlinkat = declare('int unlinkat(int, const void *, int)');
  const renameat = declare('int renameat(int, const void *, int, const void *)');
  const symlinkat = declare('int symlinkat(const void *, int, const void *)');
  const linkat = declare('int linkat(int, const void *, int, const void *, int)');
  const mknodat = declare(
    library.system === 'linux'
      ? 'int mknodat(int, const void *, uint, uint64_t)'
      : 'int mknodat(int, const void *, uint, int)',
  );
  const fchownat = declare('int fchownat(int, const void *, uint, uint, int)');
  const fchmodat = declare('int fchmodat(int, const void *, uint, int)');
  const check = (result: ReturnType<CFunction>, name: ByteName): number => checked(library, result, name);
  const open: OpenEntry = (folder, name, flags) =>
    check(openatMode(folder, cString(name), flags | closeOnExec, newFileMode), name);
  return {
    open: (folder, name, flags) => open(folder, name, flags | constants.O_NOFOLLOW),
    makeFolder: (folder, name) => void check(mkdirat(folder, cString(name), newFolderMode), name),
    remove: (folder, name) => void check(unlinkat(folder, cString(name), 0), name),
    removeFolder: (folder, name) => void check(unlinkat(folder, cString(name), removeFolder), name),
    rename: (folder, from, to) => void check(renameat(folder, cString(from), folder, cString(to)), to),
    symlink: (folder, name, target) => void check(symlinkat(cString(target), folder, cString(name)), name),
    link: (folder, name, from) => void check(linkat(from.folder, cString(from.name), folder, cString(name), 0), name),
    makeNode: (folder, name, { type, device }) =>
      void check(mknodat(folder, cString(name), type | newFileMode, device), name),
    changeOwner: (folder, name, { uid, gid }) => void check(fchownat(folder, cString(name), uid, gid, noFollow), name),
    changeMode: (folder, name, mode) => {
      if (fchmodat(folder, cString(name), mode, noFollow) === 0) return;
      const failure = errnoError(library.errno(), name);
      if (library.system === 'darwin' || systemCode(failure) !== 'ENOTSUP') throw failure;
      changeModeByHandle(open, { folder, name, mode });
    },
    setXattr: (folder, name, xattr) => setXattrAt(library, open, { folder, name, ...xattr }),
  };
});
