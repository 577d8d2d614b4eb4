import type { BlobTable } from '../engine/blob-table.ts';
import { idWordsFromHex } from '../engine/ids.ts';
import { BackupError } from '../errors.ts';
import type { TreeReader } from '../snapshot/tree-reader.ts';

/**
 * Walks everything that hangs on a tree and notes in the table which packs the active replicas are owed for it. NOT_FOUND when a blob
 * stands nowhere. `seen` carries trees that were walked already.
 */
export const coverTree = async (
  tree: string,
  parts: { readonly table: BlobTable; readonly trees: TreeReader; readonly seen: Set<string>; readonly signal: AbortSignal },
): Promise<void> => {
  const stack = [tree];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (parts.seen.has(id)) continue;
    parts.seen.add(id);
    parts.signal.throwIfAborted();
    requireBlob(parts.table, id, true);
    for (const node of await parts.trees.read(id)) {
      if (node.subtree !== undefined) stack.push(node.subtree);
      for (const blob of node.content ?? []) requireBlob(parts.table, blob, false);
    }
  }
};

const requireBlob = (table: BlobTable, id: string, tree: boolean): void => {
  if (table.neededBy(idWordsFromHex(id), tree) === 0) return;
  throw new BackupError('NOT_FOUND', `no destination has blob ${id.slice(0, 12)}`, {
    hint: 'run `triplicate backup` while the source still has it',
    context: { blob: id },
  });
};
