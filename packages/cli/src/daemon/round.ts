/** What a pipeline does in one round: the backup, and what keeps its promises. */
import type { Pipeline, PipelineConfig } from '@triplicate/core';

const dayMs = 24 * 60 * 60_000;
/** A prune reads the list of everything; once a week is enough. */
const pruneEveryMs = 7 * dayMs;

/** How long after a restore test the next is due. */
const proofEveryMs: Readonly<Record<NonNullable<PipelineConfig['verify']['proof']>, number>> = {
  daily: dayMs,
  weekly: 7 * dayMs,
  monthly: 30 * dayMs,
  quarterly: 91 * dayMs,
  yearly: 365 * dayMs,
  never: Number.POSITIVE_INFINITY,
};

/** Command lines, in this order. What is due is told by the catalog. */
export const roundOf = (
  own: Pick<PipelineConfig, 'verify' | 'destinations'>,
  { catalog, clock }: Pick<Pipeline, 'catalog' | 'clock'>,
): string[][] => {
  const now = clock.now().getTime();
  const isDue = (last: number | undefined, everyMs: number): boolean =>
    // What was done in the future was done by a wrong clock.
    last === undefined || last > now + dayMs || now - last >= everyMs - dayMs / 2;
  const retains = own.destinations.some(({ retain }) => retain !== undefined);
  const lastPrune = catalog?.lastDone('prune');
  const proofs = catalog?.lastProofs();
  const { proof, within } = own.verify;
  // What failed is tested again: it may be mended by then, and nobody would know.
  const lastPassed = (name: string): number | undefined => {
    const last = proofs?.get(name);
    return last?.passed === true ? last.at : undefined;
  };
  const unproven = own.destinations.filter(({ name }) => isDue(lastPassed(name), proofEveryMs[proof ?? 'never']));
  return [
    ['backup', '--wait', 'quorum'],
    ...(own.destinations.length > 1 ? [['sync']] : []),
    // It mends what it finds out of the others, before they forget it; and a prune needs every snapshot readable.
    ...(within === undefined ? [] : [['check', '--due']]),
    ...(retains ? [['forget']] : []),
    ...(retains && isDue(lastPrune, pruneEveryMs) ? [['prune']] : []),
    ...(proof === undefined || proof === 'never' || unproven.length === 0
      ? []
      : [['proof', ...unproven.map(({ name }) => name)]]),
  ];
};
