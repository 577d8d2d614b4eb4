/** Which packs are read today, so that each has been read within its period. Pure. */

export interface PackAge {
  readonly id: string;
  readonly size: number;
  /** Milliseconds since 1970 of the last time that it was read and whole; `undefined` for never. */
  readonly verifiedAt: number | undefined;
}

export interface VerifyBudget {
  readonly now: number;
  /** Every pack is read at least once in this time. */
  readonly withinMs: number;
  /** How long it may be until the next time that packs are read, at most. */
  readonly untilNextMs: number;
}

const dayMs = 24 * 60 * 60_000;

/**
 * Never-read and oldest packs first, until the share of this turn is spent: so many bytes as keep a steady pace over the period, and in
 * any case all that would come to be too old before the next turn.
 */
export const choosePacksToVerify = (
  packs: readonly PackAge[],
  { now, withinMs, untilNextMs }: VerifyBudget,
): PackAge[] => {
  const total = packs.reduce((sum, { size }) => sum + size, 0);
  const share = total * Math.min(1, untilNextMs / withinMs) || 0;
  // What was read in the future was read by a wrong clock: nobody knows when.
  const known = packs.map((pack) => ((pack.verifiedAt ?? 0) > now + dayMs ? { ...pack, verifiedAt: undefined } : pack));
  const oldestFirst = known.toSorted((a, b) => (a.verifiedAt ?? 0) - (b.verifiedAt ?? 0) || (a.id < b.id ? -1 : 1));
  const chosen: PackAge[] = [];
  let bytes = 0;
  for (const pack of oldestFirst) {
    const due = pack.verifiedAt !== undefined && now + untilNextMs - pack.verifiedAt >= withinMs;
    if (!due && bytes >= share) continue;
    chosen.push(pack);
    bytes += pack.size;
  }
  return chosen;
};
