/** Snapshots that a policy weighs against one another. */
import type { SnapshotFile } from '../repository/snapshot-file.ts';
import { sourceOf, type ListedSnapshot } from '../snapshot/snapshot-list.ts';

/** By host and source; what another program made has no source and is grouped by host and paths, as restic does it. */
export const groupOf = (file: SnapshotFile): string => {
  const source = sourceOf(file);
  return JSON.stringify([file.hostname ?? '', source ?? null, source === undefined ? file.paths.toSorted() : []]);
};

export const groupSnapshots = <One extends Pick<ListedSnapshot, 'file'>>(snapshots: readonly One[]): One[][] => [
  ...Map.groupBy(snapshots, ({ file }) => groupOf(file)).values(),
];

/** The tag of a snapshot whose source could not be read to its end. */
export const incompleteTag = 'incomplete';

export const isWhole = (file: SnapshotFile): boolean => !(file.tags ?? []).includes(incompleteTag);

/** The tag of a snapshot whose source explained why all of its content is another than before. */
export const renewedTag = 'renewed';

export const isRenewed = (file: SnapshotFile): boolean => (file.tags ?? []).includes(renewedTag);
