import type { BigIntStats } from 'node:fs';
import type { EntryOwner } from '../posix/owners.ts';
import { goMode } from '../repository/mode.ts';
import type { Node, NodeType } from '../repository/node.ts';
import { nsFromTimestamp } from '../repository/timestamp.ts';

export interface ChangeOptions {
  readonly ignoreInode: boolean;
  readonly ignoreCtime: boolean;
}

/** Whether a file is the one that the previous snapshot has, by restic's rule: same size, times and inode. */
export const isUnchanged = (node: Node, stat: BigIntStats, { ignoreInode, ignoreCtime }: ChangeOptions): boolean =>
  node.type === 'file' &&
  node.error === undefined &&
  node.content !== undefined &&
  (node.size ?? 0) === Number(stat.size) &&
  (ignoreInode || node.inode === stat.ino) &&
  isSameInstant(node.mtime, stat.mtimeNs) &&
  (ignoreCtime || isSameInstant(node.ctime, stat.ctimeNs));

/**
 * Whether an entry of this type whose times, size and inode are unchanged still has all else that its node says, but for its extended
 * attributes: another user, or another program, may have seen other ones than are seen now.
 */
// oxlint-disable-next-line max-params -- what is compared with what
export const isSameEntry = (node: Node, type: NodeType, stat: BigIntStats, owner: EntryOwner): boolean =>
  node.mode === goMode(type, Number(stat.mode) & 0o7777) &&
  node.uid === owner.uid &&
  node.gid === owner.gid &&
  node.user === owner.user &&
  node.group === owner.group &&
  node.inode === stat.ino &&
  node.links === (type === 'dir' ? undefined : stat.nlink) &&
  node.deviceId === (type !== 'dir' && stat.nlink > 1n ? stat.dev : undefined);

/** Whether a folder or a link itself is as its node says, but for what a folder holds, where a link leads, and extended attributes. */
export const isSameFolderOrLink = (node: Node, stat: BigIntStats, owner: EntryOwner): boolean => {
  const type = stat.isDirectory() ? 'dir' : 'symlink';
  return (
    node.type === type &&
    node.error === undefined &&
    isSameInstant(node.mtime, stat.mtimeNs) &&
    isSameInstant(node.ctime, stat.ctimeNs) &&
    isSameEntry(node, type, stat, owner)
  );
};

const isSameInstant = (timestamp: string, ns: bigint): boolean => nsFromTimestamp(timestamp) === ns;
