import { goMode, type Node, nsFromTimestamp } from '@triplicate/core';
import type { BigIntStats } from 'node:fs';
import type { Owner } from './entry-info.ts';

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
  nsFromTimestamp(node.mtime) === stat.mtimeNs &&
  (ignoreCtime || nsFromTimestamp(node.ctime) === stat.ctimeNs);

/**
 * Whether a file that is unchanged still has all else that its node says, but for its extended attributes: another user, or another program,
 * may have seen other ones than are seen now.
 */
export const isSameEntry = (node: Node, stat: BigIntStats, owner: Owner): boolean =>
  node.mode === goMode('file', Number(stat.mode & 0o7777n)) &&
  node.uid === owner.uid &&
  node.gid === owner.gid &&
  node.user === owner.user &&
  node.group === owner.group &&
  node.inode === stat.ino &&
  node.links === stat.nlink &&
  node.deviceId === (stat.nlink > 1n ? stat.dev : undefined);
