/** Which packs go, which are packed anew, and which stay as they are. Pure. */
import type { PackUsage } from './pack-usage.ts';

export interface PruneLimits {
  /** How much that nothing needs may stay, as a share of what is needed, in bytes, or without end. */
  readonly maxUnused: { readonly percent: number } | { readonly bytes: number } | 'unlimited';
  /** Bytes of packs that are read and written anew at most. */
  readonly maxRepackBytes: number;
  /** Packs of less are joined when there are many of them. */
  readonly smallBytes: number;
}

export interface ChosenPacks {
  /** Nothing in them is needed. */
  readonly remove: readonly PackUsage[];
  /** What is needed of them moves into new packs. */
  readonly repack: readonly PackUsage[];
  readonly keep: readonly PackUsage[];
}

/** Fewer small packs than this are not worth the reading and writing. */
const manySmall = 8;

export const choosePacks = (packs: readonly PackUsage[], limits: PruneLimits): ChosenPacks => {
  const remove = packs.filter(({ usedBlobs }) => usedBlobs === 0);
  const needed = packs.filter(({ usedBlobs }) => usedBlobs > 0);
  const usedBytes = needed.reduce((sum, pack) => sum + pack.usedBytes, 0);
  const allowed = allowedUnused(limits, usedBytes);
  let unusedLeft = needed.reduce((sum, pack) => sum + pack.unusedBytes, 0);
  let budget = limits.maxRepackBytes;
  const repack = new Set<PackUsage>();
  const take = (pack: PackUsage): void => {
    if (repack.has(pack) || pack.size > budget) return;
    repack.add(pack);
    budget -= pack.size;
    unusedLeft -= pack.unusedBytes;
  };
  const wasteful = needed.filter(({ unusedBytes }) => unusedBytes > 0).toSorted((a, b) => wasteOf(b) - wasteOf(a));
  for (const pack of wasteful) if (unusedLeft > allowed) take(pack);
  if (limits.maxUnused !== 'unlimited') for (const small of smallOnes(needed, limits.smallBytes)) take(small);
  return { remove, repack: [...repack], keep: needed.filter((pack) => !repack.has(pack)) };
};

const allowedUnused = ({ maxUnused }: PruneLimits, usedBytes: number): number => {
  if (maxUnused === 'unlimited') return Number.POSITIVE_INFINITY;
  return 'bytes' in maxUnused ? maxUnused.bytes : (usedBytes * maxUnused.percent) / 100;
};

const wasteOf = ({ unusedBytes, usedBytes }: PackUsage): number => unusedBytes / (unusedBytes + usedBytes);

/** Data and trees do not share packs, so each has to have many. */
const smallOnes = (packs: readonly PackUsage[], smallBytes: number): PackUsage[] =>
  [
    ...Map.groupBy(
      packs.filter(({ size }) => size < smallBytes),
      ({ holds }) => holds,
    ).values(),
  ]
    .filter(({ length }) => length >= manySmall)
    .flat();
