/** Which snapshots of its siblings a destination lacks and should have. */
import type { Retain } from '../config/retain.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { decideRetention } from './decide.ts';

export interface WantedOptions {
  /** The bit of the replica. */
  readonly mask: number;
  /** The policy of the destination; everything is wanted when absent. */
  readonly retain: Retain | undefined;
  /** Ids that an intent names. */
  readonly forgotten: ReadonlySet<string>;
  readonly now: Date;
}

/**
 * Nothing rises from the dead: what was forgotten by name is not wanted, nor what the destination's own policy would drop again beside
 * what it has and would get.
 */
export const wantedOn = (
  snapshots: readonly ListedSnapshot[],
  { mask, retain, forgotten, now }: WantedOptions,
): ListedSnapshot[] => {
  const there = snapshots.filter((snapshot) => (snapshot.mask & mask) !== 0);
  const lacking = snapshots.filter((snapshot) => (snapshot.mask & mask) === 0 && !forgotten.has(snapshot.id));
  if (retain === undefined) return lacking;
  const decisions = decideRetention([...there, ...lacking], retain, { now, keepLastWhole: true });
  const kept = new Set(decisions.filter(({ keep }) => keep).map(({ snapshot }) => snapshot.id));
  return lacking.filter(({ id }) => kept.has(id));
};
