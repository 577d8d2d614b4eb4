import { closeSync, constants, fchmodSync, fchownSync, fstatSync } from 'node:fs';
import { type ByteName, type BytePath, textFromBytes } from '../bytes.ts';
import { BackupError, toBackupError } from '../errors.ts';
import type { AtCalls } from './at-calls.ts';
import type { Attributes, Folder } from './folder.ts';
import { folderNames } from './folder-names.ts';
import { type EntryStat, statAt } from './stat-at.ts';
import { setOpenFileTimes, setTimesAt } from './times.ts';
import { dropOpenXattrs, writeOpenXattr } from './xattr.ts';

const specialTypes = { fifo: 0o010000, chardev: 0o020000, dev: 0o060000, socket: 0o140000 } as const;

/** A folder held by its file descriptor: the kernel itself keeps every call inside. */
export class HandleFolder implements Folder {
  readonly #fd: number;
  readonly #calls: AtCalls;
  readonly attributes: Attributes;

  /** Takes over `fd`, an open folder. */
  constructor(fd: number, calls: AtCalls) {
    this.#fd = fd;
    this.#calls = calls;
    this.attributes = openAttributes(fd);
  }

  stat(name: ByteName): EntryStat | undefined {
    return statAt()?.(this.#fd, name);
  }
  names(): readonly ByteName[] {
    return folderNames()?.(this.#fd) ?? [];
  }
  openFolder(name: ByteName): HandleFolder {
    return new HandleFolder(this.#calls.open(this.#fd, name, constants.O_RDONLY | constants.O_DIRECTORY), this.#calls);
  }
  makeFolder(name: ByteName): void {
    this.#calls.makeFolder(this.#fd, name);
  }
  createFile(name: ByteName): number {
    return this.#calls.open(this.#fd, name, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL);
  }
  openFile(name: ByteName, access: 'read' | 'change'): number {
    const flags = (access === 'read' ? constants.O_RDONLY : constants.O_RDWR) | constants.O_NONBLOCK;
    const fd = this.#calls.open(this.#fd, name, flags);
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
    throw new BackupError('UNSUPPORTED', `"${textFromBytes(name)}" is not a regular file`);
  }
  makeLink(name: ByteName, target: BytePath): void {
    this.#calls.symlink(this.#fd, name, target);
  }
  makeHardlink(name: ByteName, from: { readonly folder: Folder; readonly name: ByteName }): void {
    if (!(from.folder instanceof HandleFolder)) throw new TypeError('both folders are of one kind');
    this.#calls.link(this.#fd, name, { folder: from.folder.#fd, name: from.name });
  }
  makeSpecial(name: ByteName, { type, device }: Parameters<Folder['makeSpecial']>[1]): void {
    this.#calls.makeNode(this.#fd, name, { type: specialTypes[type], device });
  }
  rename(from: ByteName, to: ByteName): void {
    this.#calls.rename(this.#fd, from, to);
  }
  remove(name: ByteName): void {
    this.#calls.remove(this.#fd, name);
  }
  removeFolder(name: ByteName): void {
    this.#calls.removeFolder(this.#fd, name);
  }
  attributesOfOpen(fd: number): Attributes {
    return openAttributes(fd);
  }
  attributesOf(name: ByteName): Attributes {
    return {
      setOwner: (owner) => this.#calls.changeOwner(this.#fd, name, owner),
      setMode: (mode) => this.#calls.changeMode(this.#fd, name, mode),
      setTimes: (times) => setTimesAt(this.#fd, name, times),
      setXattr: (attribute, value) => this.#calls.setXattr(this.#fd, name, { attribute, value }),
    };
  }
  get handle(): number {
    return this.#fd;
  }
  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

const openAttributes = (fd: number): Attributes => ({
  setOwner: ({ uid, gid }) => system(() => fchownSync(fd, uid, gid)),
  setMode: (mode) => system(() => fchmodSync(fd, mode)),
  setTimes: (times) => system(() => setOpenFileTimes(fd, times)),
  setXattr: (name, value) => writeOpenXattr(fd, name, value),
  dropXattrs: (kept) => dropOpenXattrs(fd, kept),
});

const system = (call: () => void): void => {
  try {
    call();
  } catch (error) {
    throw toBackupError(error);
  }
};
