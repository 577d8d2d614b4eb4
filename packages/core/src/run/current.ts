/** Whether a destination counts as a copy: it has the newest snapshots, or is away as long as it was promised to be. */
import { nsFromTimestamp } from '../repository/timestamp.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import type { StateContent } from './pipeline-state.ts';
import type { DestinationStatus, SourceStatus } from './status.ts';

export interface CurrentParts {
  readonly name: string;
  /** How long it may be away at a time; what it misses meanwhile is as it should be. */
  readonly expectedMs: number | undefined;
  readonly status: DestinationStatus | undefined;
  readonly state: StateContent;
  /** As far as they can be listed now. */
  readonly snapshots: readonly ListedSnapshot[] | undefined;
}

/**
 * A disk that rotates is away most of the time: its copy counts while it is not late, and when it had what there was as it was seen last.
 * One of which nobody said how long it is away has to have the newest.
 */
export const isCurrent = (sources: readonly SourceStatus[], parts: CurrentParts): boolean => {
  const { name, status } = parts;
  const isAway = status?.state === 'away';
  if (isAway && status.overdue) return false;
  const has = (source: SourceStatus): boolean => (isAway ? hadAll(source, parts) : source.on.includes(name));
  return sources.length > 0 && sources.every((source) => source.last !== undefined && has(source));
};

const hadAll = ({ source, last }: SourceStatus, { name, expectedMs, state, snapshots }: CurrentParts): boolean => {
  const held = new Set(state.snapshots[name] ?? []);
  if (last === undefined || held.has(last.id)) return last !== undefined;
  const newest = state.newest[name]?.[source];
  const seen = state.seen[name];
  if (expectedMs === undefined || seen === undefined || newest === undefined || !held.has(newest.id)) return false;
  const from = nsFromTimestamp(newest.time);
  const until = BigInt(seen) * 1_000_000n;
  const times = snapshots?.filter((one) => one.source === source).map(({ timeNs }) => timeNs);
  return !(times ?? [nsFromTimestamp(last.time)]).some((time) => time > from && time <= until);
};
