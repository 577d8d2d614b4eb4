/**
 * What is remembered of snapshots that no policy may have left by now: without it, what is done to a source little by little would be
 * forgotten as quickly as the policy forgets.
 */
import { z } from 'zod';
import { groupOf } from '../retention/group.ts';
import { nsFromTimestamp } from '../repository/timestamp.ts';
import { type ListedSnapshot, sourceOf } from '../snapshot/snapshot-list.ts';

const count = z.number();

/** As much of a snapshot as tells how much of its source changed. */
export const pastSnapshot = z.object({
  id: z.string(),
  time: z.string(),
  hostname: z.string().exactOptional(),
  paths: z.array(z.string()),
  tags: z.array(z.string()).exactOptional(),
  summary: z.object({
    backupStart: z.string(),
    backupEnd: z.string(),
    filesNew: count,
    filesChanged: count,
    filesUnmodified: count,
    dirsNew: count,
    dirsChanged: count,
    dirsUnmodified: count,
    dataBlobs: count,
    treeBlobs: count,
    dataAdded: count,
    dataAddedPacked: count,
    totalFilesProcessed: count,
    totalBytesProcessed: count,
    filesEmptied: count.exactOptional(),
  }),
});
export type PastSnapshot = z.infer<typeof pastSnapshot>;

/** So many of each source are enough to add up slices, and to know what is usual. */
const usualMost = 20;
/** While an alarm stands, what led to it stays; a person may take weeks. */
const mostWhileAlarmed = 500;

/** Of the group of `fresh`: what was remembered, and what is there. `fresh` itself may yet be stored nowhere: the next run finds it, or not. */
export const pastWith = (
  past: readonly PastSnapshot[],
  there: readonly ListedSnapshot[],
  { fresh, isAlarmed }: { readonly fresh: ListedSnapshot; readonly isAlarmed: boolean },
): PastSnapshot[] => {
  const group = groupOf(fresh.file);
  const own = there.filter(({ file }) => groupOf(file) === group).slice(-usualMost);
  const others = past.filter((one) => groupOf(listedOf(one).file) !== group);
  const known = new Map(past.filter((one) => !others.includes(one)).map((one) => [one.id, one]));
  for (const { id, file } of own) {
    const { time, hostname, paths, tags, summary } = file;
    if (summary === undefined) continue;
    known.set(id, {
      id,
      time,
      paths: [...paths],
      summary,
      ...(hostname === undefined ? {} : { hostname }),
      ...(tags === undefined ? {} : { tags: [...tags] }),
    });
  }
  const sorted = [...known.values()].toSorted((a, b) => Number(nsFromTimestamp(a.time) - nsFromTimestamp(b.time)));
  return [...others, ...sorted.slice(-(isAlarmed ? mostWhileAlarmed : usualMost))];
};

/** Those of the same groups that are not there any more, as if they were listed, on no destination. */
export const goneOf = (past: readonly PastSnapshot[], there: readonly ListedSnapshot[]): ListedSnapshot[] => {
  const ids = new Set(there.map(({ id }) => id));
  const groups = new Set(there.map(({ file }) => groupOf(file)));
  return past
    .filter(({ id }) => !ids.has(id))
    .map(listedOf)
    .filter(({ file }) => groups.has(groupOf(file)));
};

const listedOf = ({ id, ...rest }: PastSnapshot): ListedSnapshot => {
  const file = { ...rest, tree: '' };
  return { id, file, mask: 0, source: sourceOf(file), timeNs: nsFromTimestamp(file.time) };
};
