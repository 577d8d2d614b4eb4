/** Copies that are not ours: what the last backup was told of them, and what can be seen of them now. */
import type { SeenCopy } from '../coverage/elsewhere.ts';
import { throwIfAborted } from '../errors.ts';
import { nsFromTimestamp } from '../repository/timestamp.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import type { LastSnapshot, Pipeline, PipelineSource } from './pipeline.ts';

/** The newest of each kind. What cannot be looked at now is as it was remembered. */
export const seenElsewhere = async (
  { name, elsewhere }: PipelineSource,
  last: ListedSnapshot | undefined,
  { catalog, signal }: Pipeline,
): Promise<readonly SeenCopy[]> => {
  const remembered = catalog?.seen(name) ?? [];
  const now = (await elsewhere?.(brief(last)).catch(() => undefined)) ?? [];
  throwIfAborted(signal);
  return [...Map.groupBy([...remembered, ...now], ({ kind }) => kind).values()].flatMap(newest);
};

const newest = (copies: readonly SeenCopy[]): SeenCopy[] =>
  copies.toSorted((a, b) => b.at.getTime() - a.at.getTime()).slice(0, 1);

const brief = (last: ListedSnapshot | undefined): LastSnapshot | undefined => {
  const host = last?.file.hostname;
  if (last === undefined || host === undefined) return undefined;
  return { host, time: new Date(Number(nsFromTimestamp(last.file.time) / 1_000_000n)) };
};
