import { type ByteName } from '../bytes.ts';
import { callTable, cString, lazily } from './c-calls.ts';
import { errnoError } from './errno.ts';
import type { CLibrary } from './library.ts';

/** What stands under a name. */
export interface EntryStat {
  /** `st_mode`. */
  readonly mode: number;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly inode: bigint;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
}

/** Whether this is a folder (S_IFDIR of S_IFMT). */
export const isFolderStat = ({ mode }: EntryStat): boolean => (mode & 0o170000) === 0o040000;

type StatAt = (folder: number, name: ByteName) => EntryStat | undefined;

const nsPerSecond = 1_000_000_000n;
const noSuchEntry = 2;

/** Linux: `statx`, whose structure is the same on every architecture (statx(2)). */
const linuxStat = (library: CLibrary): StatAt => {
  const statx = lazily(library, 'int statx(int, const void *, int, uint, void *)');
  const [noFollow, basicStats] = [0x100, 0x7ff];
  const out = Buffer.alloc(256);
  return (folder, name) => {
    if (statx(folder, cString(name), noFollow, basicStats, out) !== 0) return missing(library, name);
    return {
      links: out.readUInt32LE(16),
      uid: out.readUInt32LE(20),
      gid: out.readUInt32LE(24),
      mode: out.readUInt16LE(28),
      inode: out.readBigUInt64LE(32),
      size: Number(out.readBigUInt64LE(40)),
      mtimeNs: out.readBigInt64LE(112) * nsPerSecond + BigInt(out.readUInt32LE(120)),
    };
  };
};

/** macOS: `fstatat` with 64-bit inodes, which has a name of its own where there once were others (stat(2)). */
const darwinStat = (library: CLibrary): StatAt => {
  const plain = lazily(library, 'int fstatat(int, const void *, void *, int)');
  const suffixed = lazily(library, 'int fstatat$INODE64(int, const void *, void *, int)');
  const fstatat = library.suffixed ? suffixed : plain;
  const noFollow = 0x20;
  const out = Buffer.alloc(144);
  return (folder, name) => {
    if (fstatat(folder, cString(name), out, noFollow) !== 0) return missing(library, name);
    return {
      mode: out.readUInt16LE(4),
      links: out.readUInt16LE(6),
      inode: out.readBigUInt64LE(8),
      uid: out.readUInt32LE(16),
      gid: out.readUInt32LE(20),
      mtimeNs: out.readBigInt64LE(48) * nsPerSecond + out.readBigInt64LE(56),
      size: Number(out.readBigInt64LE(96)),
    };
  };
};

const missing = (library: CLibrary, name: ByteName): undefined => {
  const errno = library.errno();
  if (errno !== noSuchEntry) throw errnoError(errno, name);
  return undefined;
};

/** The entry of an open folder under `name`, a link itself and not what it points at; `undefined` when nothing stands there. */
export const statAt = callTable((library): StatAt =>
  library.system === 'linux' ? linuxStat(library) : darwinStat(library),
);
