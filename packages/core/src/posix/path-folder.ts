import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  futimesSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { type ByteName, type BytePath, joinBytes, textFromBytes } from '../bytes.ts';
import { BackupError, toBackupError } from '../errors.ts';
import type { Attributes, Folder } from './folder.ts';
import { fsPath } from './fs-path.ts';
import { type EntryStat, isFolderStat } from './stat-at.ts';
import { fsTimes, setPathTimes } from './times.ts';

/**
 * A folder held by its path, for systems without descriptors of folders (Windows) or without `koffi`. What stands under a name is looked
 * at before it is entered or opened; who may write there and swaps it in between can still lead the way out.
 */
export class PathFolder implements Folder {
  readonly handle = undefined;
  readonly #path: BytePath;
  readonly attributes: Attributes;

  /** Absolute. */
  constructor(path: BytePath) {
    this.#path = path;
    this.attributes = pathAttributes(path);
  }

  stat(name: ByteName): EntryStat | undefined {
    const stat = system(name, () => lstatSync(this.#at(name), { bigint: true, throwIfNoEntry: false }));
    return stat && entryStat(stat);
  }
  names(): readonly ByteName[] {
    return system(undefined, () => (readdirSync(fsPath(this.#path), { encoding: 'latin1' }) as ByteName[]).sort());
  }
  openFolder(name: ByteName): Folder {
    const stat = this.stat(name);
    if (stat !== undefined && isFolderStat(stat)) return new PathFolder(joinBytes(this.#path, name));
    throw new BackupError('NOT_FOUND', `"${textFromBytes(name)}" is not a folder`, { context: { system: 'ENOTDIR' } });
  }
  makeFolder(name: ByteName): void {
    system(name, () => mkdirSync(this.#at(name), { mode: 0o700 }));
  }
  createFile(name: ByteName): number {
    return system(name, () => openSync(this.#at(name), 'wx+', 0o600));
  }
  openFile(name: ByteName, access: 'read' | 'change'): number {
    const found = this.stat(name);
    if (found !== undefined && (found.mode & formatMask) !== fileFormat) throw notAFile(name);
    const flags = access === 'read' ? constants.O_RDONLY : constants.O_RDWR;
    const fd = system(name, () => openSync(this.#at(name), flags | (constants.O_NOFOLLOW ?? 0)));
    if (fstatSync(fd, { bigint: true }).ino === found?.inode) return fd;
    closeSync(fd);
    throw notAFile(name);
  }
  makeLink(name: ByteName, target: BytePath): void {
    system(name, () => symlinkSync(fsPath(target), this.#at(name)));
  }
  makeHardlink(name: ByteName, from: { readonly folder: Folder; readonly name: ByteName }): void {
    const { folder } = from;
    if (!(folder instanceof PathFolder)) throw new TypeError('both folders are of one kind');
    system(name, () => linkSync(folder.#at(from.name), this.#at(name)));
  }
  makeSpecial(name: ByteName): void {
    throw new BackupError('UNSUPPORTED', `"${textFromBytes(name)}": special files cannot be made on this system`);
  }
  rename(from: ByteName, to: ByteName): void {
    system(to, () => renameSync(this.#at(from), this.#at(to)));
  }
  remove(name: ByteName): void {
    system(name, () => unlinkSync(this.#at(name)));
  }
  removeFolder(name: ByteName): void {
    system(name, () => rmdirSync(this.#at(name)));
  }
  attributesOfOpen(fd: number): Attributes {
    return {
      setOwner: ({ uid, gid }) => system(undefined, () => fchownSync(fd, uid, gid)),
      setMode: (mode) => system(undefined, () => fchmodSync(fd, mode)),
      setTimes: (times) => system(undefined, () => futimesSync(fd, ...fsTimes(times))),
      setXattr: refuseXattr,
    };
  }
  attributesOf(name: ByteName): Attributes {
    return pathAttributes(joinBytes(this.#path, name));
  }
  [Symbol.dispose](): void {}

  #at(name: ByteName): Buffer | string {
    return fsPath(joinBytes(this.#path, name));
  }
}

const [formatMask, fileFormat] = [0o170000, 0o100000];

const entryStat = (stat: BigIntStats): EntryStat => ({
  mode: Number(stat.mode),
  size: Number(stat.size),
  mtimeNs: stat.mtimeNs,
  inode: stat.ino,
  links: Number(stat.nlink),
  uid: Number(stat.uid),
  gid: Number(stat.gid),
});

const pathAttributes = (path: BytePath): Attributes => ({
  setOwner: ({ uid, gid }) => system(undefined, () => lchownSync(fsPath(path), uid, gid)),
  setMode: (mode) =>
    system(undefined, () => {
      if (!lstatSync(fsPath(path)).isSymbolicLink()) chmodSync(fsPath(path), mode);
    }),
  setTimes: (times) => system(undefined, () => setPathTimes(path, times)),
  setXattr: refuseXattr,
});

const refuseXattr = (): void => {
  throw new BackupError('UNSUPPORTED', 'extended attributes cannot be written on this system', {
    context: { system: 'ENOTSUP' },
  });
};

const notAFile = (name: ByteName): BackupError =>
  new BackupError('UNSUPPORTED', `"${textFromBytes(name)}" is not a regular file`);

const system = <Result>(name: ByteName | undefined, call: () => Result): Result => {
  try {
    return call();
  } catch (error) {
    throw toBackupError(error, 'IO', name === undefined ? undefined : `"${textFromBytes(name)}"`);
  }
};
