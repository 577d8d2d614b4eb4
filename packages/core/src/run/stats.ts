import { walkTree } from '../snapshot/walk-tree.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { throwIfAborted } from '../errors.ts';
import type { Session } from './session.ts';

export interface SnapshotStats {
  readonly snapshots: number;
  readonly files: number;
  readonly folders: number;
  /** What a restore would write: every file with its size, hard links once. */
  readonly restoreBytes: number;
  /** Distinct blobs that the snapshots need. */
  readonly blobs: number;
}

export interface ReplicaStats {
  readonly destination: string;
  readonly snapshots: number;
  readonly packs: number;
  readonly bytes: number;
}

/** Sizes of some snapshots taken together. */
export const snapshotStats = async (session: Session, snapshots: readonly ListedSnapshot[]): Promise<SnapshotStats> => {
  const seen = new Set<string>();
  const blobs = new Set<string>();
  const links = new Set<string>();
  const total = { files: 0, folders: 0, restoreBytes: 0 };
  for (const { file, id } of snapshots) {
    links.clear();
    const enter = (_path: unknown, node: { readonly subtree?: string }): boolean => {
      // Counted per snapshot for sizes; blobs of a tree that was seen are known.
      if (node.subtree !== undefined) blobs.add(node.subtree);
      return true;
    };
    if (seen.has(id)) continue;
    seen.add(id);
    blobs.add(file.tree);
    for await (const { node } of walkTree(session.trees, file.tree, { enter })) {
      throwIfAborted(session.pipeline.signal);
      if (node.type === 'dir') total.folders += 1;
      if (node.type !== 'file') continue;
      total.files += 1;
      for (const blob of node.content ?? []) blobs.add(blob);
      const link = (node.links ?? 1n) > 1n ? `${node.inode ?? 0n}/${node.deviceId ?? 0n}` : undefined;
      if (link !== undefined && links.has(link)) continue;
      if (link !== undefined) links.add(link);
      total.restoreBytes += node.size ?? 0;
    }
  }
  return { snapshots: snapshots.length, ...total, blobs: blobs.size };
};

/** What stands on each replica, by its index. */
export const replicaStats = ({ replicas, index, snapshots }: Session): ReplicaStats[] =>
  replicas.map(({ name, mask }) => {
    const there = [...index.packNumbers.values()].filter((pack) => (index.table.packs.presence(pack) & mask) !== 0);
    return {
      destination: name,
      snapshots: snapshots.filter((snapshot) => (snapshot.mask & mask) !== 0).length,
      packs: there.length,
      bytes: there.reduce((sum, pack) => sum + index.table.packs.size(pack), 0),
    };
  });
