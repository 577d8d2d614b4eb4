import {
  type BackupError,
  type BytePath,
  type EntryInfo,
  type EntryOwner,
  type ExtendedAttributes,
  OwnerNames,
  readXattrs,
  systemCode,
  toBackupError,
} from '@triplicate/core';
import type { BigIntStats } from 'node:fs';
import { localPath } from './local-path.ts';

export interface DescribeOptions {
  readonly atime: boolean;
  readonly unreadable: (path: BytePath, error: BackupError) => void;
}

/** Turns what the system says of an entry into what a snapshot keeps of it. */
export class EntryDescriber {
  readonly #atime: boolean;
  readonly #unreadable: DescribeOptions['unreadable'];
  readonly #owners = new OwnerNames();
  /** Devices whose file system has no extended attributes. */
  readonly #withoutXattrs = new Set<bigint>();

  constructor({ atime, unreadable }: DescribeOptions) {
    this.#atime = atime;
    this.#unreadable = unreadable;
  }

  describe(path: BytePath, stat: BigIntStats): EntryInfo {
    const isFile = stat.isFile();
    const extendedAttributes = this.xattrs(path, stat.dev);
    return {
      mode: Number(stat.mode & 0o7777n),
      mtimeNs: stat.mtimeNs,
      ctimeNs: stat.ctimeNs,
      owner: this.owner(stat),
      inode: stat.ino,
      device: stat.dev,
      ...(this.#atime ? { atimeNs: stat.atimeNs } : undefined),
      ...(isFile ? { size: Number(stat.size) } : undefined),
      ...(stat.isDirectory() ? undefined : { links: stat.nlink }),
      ...(stat.isBlockDevice() || stat.isCharacterDevice() ? { rdev: stat.rdev } : undefined),
      ...(extendedAttributes ? { extendedAttributes } : undefined),
    };
  }

  owner(stat: BigIntStats): EntryOwner {
    return this.#owners.of(Number(stat.uid), Number(stat.gid));
  }

  /** `undefined` when there are none, or none that can be read. */
  xattrs(path: BytePath, device: bigint): ExtendedAttributes | undefined {
    if (this.#withoutXattrs.has(device)) return undefined;
    try {
      return readXattrs(localPath(path));
    } catch (error) {
      const code = systemCode(error);
      if (code === 'ENOTSUP') this.#withoutXattrs.add(device);
      // What vanished meanwhile is reported when its content is looked for.
      else if (code !== 'ENOENT') this.#unreadable(path, toBackupError(error).with({ part: 'extended attributes' }));
      return undefined;
    }
  }
}
