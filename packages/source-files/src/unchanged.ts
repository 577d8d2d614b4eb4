import { type EntryInfo, type Node, nsFromTimestamp } from '@triplicate/core';

export interface ChangeOptions {
  readonly ignoreInode: boolean;
  readonly ignoreCtime: boolean;
}

/** Whether a file is the one that the previous snapshot has, by restic's rule: same size, times and inode. */
export const isUnchanged = (node: Node, info: EntryInfo, { ignoreInode, ignoreCtime }: ChangeOptions): boolean =>
  node.type === 'file' &&
  node.error === undefined &&
  node.content !== undefined &&
  BigInt(node.size ?? 0) === BigInt(info.size ?? 0) &&
  (ignoreInode || node.inode === info.inode) &&
  nsFromTimestamp(node.mtime) === info.mtimeNs &&
  (ignoreCtime || nsFromTimestamp(node.ctime) === info.ctimeNs);
