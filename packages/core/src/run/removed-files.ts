import { type BytePath, joinBytes } from '../bytes.ts';
import { isBackupError } from '../errors.ts';
import { ComparableSnapshot } from '../snapshot/comparable-snapshot.ts';
import type { BuilderCounts } from '../snapshot/directory.ts';
import type { StoredSnapshot } from '../snapshot/snapshot-reader.ts';
import type { SnapshotReader } from '../source/source.ts';
import type { Captured } from './capture.ts';

/**
 * How many files of the previous snapshot are not in this one any more, by its count and what was found again of them, so that no tree has to be
 * read for it. Those that only could not be read are none of them. `undefined` when the previous snapshot does not tell its count.
 */
export const removedFiles = async (
  previous: StoredSnapshot | undefined,
  counts: Pick<BuilderCounts, 'filesChanged' | 'filesUnmodified'>,
  notThere: Captured['unreadable'],
): Promise<number | undefined> => {
  if (previous === undefined) return 0;
  const { summary } = previous.file;
  if (summary === undefined) return undefined;
  const missing = summary.totalFilesProcessed - counts.filesChanged - counts.filesUnmodified;
  if (missing <= 0) return 0;
  const reader = new ComparableSnapshot(previous);
  let unread = 0;
  // Of a part that could not be read, such as its extended attributes, the rest is in the snapshot.
  for (const { path, error } of notThere)
    if (error.context['part'] === undefined) unread += await filesAt(reader, path);
  return Math.max(0, missing - unread);
};

const filesAt = async (reader: SnapshotReader, path: BytePath): Promise<number> => {
  const node = await reader.node(path);
  if (node?.type === 'file') return 1;
  return node?.subtree === undefined ? 0 : filesBelow(reader, path);
};

const filesBelow = async (reader: SnapshotReader, path: BytePath): Promise<number> => {
  let files = 0;
  try {
    for await (const { name, type, subtree } of reader.list(path)) {
      if (type === 'file') files += 1;
      else if (subtree !== undefined) files += await filesBelow(reader, joinBytes(path, name));
    }
  } catch (error) {
    if (!isBackupError(error, 'NOT_FOUND')) throw error;
  }
  return files;
};
