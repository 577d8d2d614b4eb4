import type { ByteName, BytePath } from '../bytes.ts';
import type { EntryStat } from './stat-at.ts';
import type { FileTimes } from './times.ts';

/** What can be given to an entry after it was made. Each throws the system's error as a BackupError. */
export interface Attributes {
  setOwner(owner: { readonly uid: number; readonly gid: number }): void;
  /** Permission, setuid, setgid and sticky bits (07777). */
  setMode(mode: number): void;
  setTimes(times: FileTimes): void;
  setXattr(name: ByteName, value: Uint8Array): void;
  /** Removes the extended attributes that are not `kept`; absent where nothing is held open by which that could be done. */
  dropXattrs?(kept: ReadonlySet<ByteName>): void;
}

/**
 * A folder that is held open. Names are single names, never paths, and what they name is never followed when it is a link: whatever
 * others do to the tree meanwhile, nothing outside of this very folder is read, made or changed. New files have mode 0600, new folders
 * 0700. Throws BackupErrors with the system's symbol in their context.
 */
export interface Folder extends Disposable {
  /** Its descriptor, which is good in every thread of this process until the folder is let go of; `undefined` where it has none. */
  readonly handle: number | undefined;
  /** `undefined` when nothing stands there. */
  stat(name: ByteName): EntryStat | undefined;
  /** Everything that stands in it, in byte order. */
  names(): readonly ByteName[];
  /** Fails when it is no folder. */
  openFolder(name: ByteName): Folder;
  makeFolder(name: ByteName): void;
  /** A new file for reading and writing; fails when anything stands there. The caller closes it. */
  createFile(name: ByteName): number;
  /** A regular file or nothing: a fifo or a device there is not waited for. The caller closes it. */
  openFile(name: ByteName, access: 'read' | 'change'): number;
  makeLink(name: ByteName, target: BytePath): void;
  makeHardlink(name: ByteName, from: { readonly folder: Folder; readonly name: ByteName }): void;
  makeSpecial(
    name: ByteName,
    node: { readonly type: 'dev' | 'chardev' | 'fifo' | 'socket'; readonly device: bigint },
  ): void;
  /** Within this folder; replaces a file or a link that stands at `to`. */
  rename(from: ByteName, to: ByteName): void;
  remove(name: ByteName): void;
  /** An empty one. */
  removeFolder(name: ByteName): void;
  /** Of a file that was opened here. */
  attributesOfOpen(fd: number): Attributes;
  /** Of a link or a special file. */
  attributesOf(name: ByteName): Attributes;
  /** Its own. */
  readonly attributes: Attributes;
}
