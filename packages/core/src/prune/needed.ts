/** Marks everything that the snapshots of a replica need. Whatever cannot be read ends it: what is not known to be unneeded stays. */
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import type { Node } from '../repository/node.ts';
import type { Replica } from '../repository/replica.ts';
import { listSnapshots } from '../snapshot/snapshot-list.ts';
import type { TreeReader } from '../snapshot/tree-reader.ts';
import type { BlobUsage } from './blob-usage.ts';

export interface NeededParts {
  readonly replica: Replica;
  readonly usage: BlobUsage;
  readonly trees: TreeReader;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

const treesAtOnce = 16;

/** Reads the list of snapshots as it stands now; gives their number. */
export const markNeeded = async ({ replica, usage, trees, signal, onProgress }: NeededParts): Promise<number> => {
  const { snapshots, failed, bad } = await listSnapshots([replica], signal);
  const [down] = failed;
  if (down) throw down.error;
  const [unread] = bad;
  if (unread) throw refuse(replica, `snapshot ${unread.id.slice(0, 8)} cannot be read`, unread.error);
  const need = (id: string, tree: boolean): boolean => {
    const marked = usage.mark(id, tree);
    if (marked === 'missing') throw refuse(replica, `no index names blob ${id.slice(0, 12)}, which a snapshot needs`);
    return marked === 'new';
  };
  const read = async (id: string): Promise<readonly Node[]> => {
    try {
      return await trees.read(id);
    } catch (cause) {
      throwIfAborted(signal);
      const error = toBackupError(cause, 'CORRUPT');
      if (error.code !== 'CORRUPT' && error.code !== 'NOT_FOUND') throw error;
      throw refuse(replica, `folder list ${id.slice(0, 12)} cannot be read`, error);
    }
  };
  for (const [done, { file }] of snapshots.entries()) {
    onProgress(done, snapshots.length);
    const stack = need(file.tree, true) ? [file.tree] : [];
    while (stack.length > 0) {
      throwIfAborted(signal);
      const batch = await Promise.all(stack.splice(-treesAtOnce).map(read));
      for (const node of batch.flat()) {
        if (node.subtree !== undefined && need(node.subtree, true)) stack.push(node.subtree);
        for (const blob of node.content ?? []) need(blob, false);
      }
    }
  }
  if (snapshots.length > 0) onProgress(snapshots.length, snapshots.length);
  return snapshots.length;
};

export const refuse = ({ name }: Replica, why: string, cause?: BackupError): BackupError =>
  new BackupError('CORRUPT', `"${name}" is not pruned: ${why}`, {
    hint: `run \`triplicate heal ${name}\` first; nothing was removed`,
    context: { destination: name },
    cause,
  });
