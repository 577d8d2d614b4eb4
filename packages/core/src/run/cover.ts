import type { BlobTable } from '../engine/blob-table.ts';
import { passingIdWords } from '../engine/ids.ts';
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import type { Node } from '../repository/node.ts';
import type { TreeReader } from '../snapshot/tree-reader.ts';

export interface CoverParts {
  readonly table: BlobTable;
  readonly trees: TreeReader;
  /** Trees that were walked already. */
  readonly seen: Set<string>;
  readonly signal: AbortSignal;
  /** A blob that stands nowhere, or a tree that cannot be read anywhere. Throws to end the walk. */
  readonly onMissing: (error: BackupError) => void;
}

/** Walks everything that hangs on a tree and notes in the table which packs the active replicas are owed for it. */
export const coverTree = async (tree: string, parts: CoverParts): Promise<void> => {
  const stack = [tree];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (parts.seen.has(id)) continue;
    parts.seen.add(id);
    throwIfAborted(parts.signal);
    requireBlob(parts, id, true);
    for (const node of await readTree(parts, id)) {
      if (node.subtree !== undefined) stack.push(node.subtree);
      for (const blob of node.content ?? []) requireBlob(parts, blob, false);
    }
  }
};

const readTree = async ({ trees, signal, onMissing }: CoverParts, id: string): Promise<readonly Node[]> => {
  try {
    return await trees.read(id);
  } catch (cause) {
    throwIfAborted(signal);
    const error = toBackupError(cause, 'CORRUPT');
    if (error.code !== 'NOT_FOUND' && error.code !== 'CORRUPT') throw error;
    onMissing(error);
    return [];
  }
};

const requireBlob = ({ table, onMissing }: CoverParts, id: string, tree: boolean): void => {
  if (table.neededBy(passingIdWords(id), tree) === 0) return;
  const hint = 'run `triplicate backup` while the source still has it';
  onMissing(
    new BackupError('NOT_FOUND', `no destination has blob ${id.slice(0, 12)}`, { hint, context: { blob: id } }),
  );
};
