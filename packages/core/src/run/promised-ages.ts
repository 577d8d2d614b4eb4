/** How long ago it was that what a pipeline promised to do again and again was done. */
import type { Age } from '../coverage/ages.ts';
import { nsFromTimestamp } from '../repository/timestamp.ts';
import type { Pipeline } from './pipeline.ts';
import type { Session } from './session.ts';
import type { DestinationStatus, SourceStatus } from './status.ts';

/** A source without any snapshot falls short of every promise, unless nobody can tell. */
export const agesOf = (
  { promises = {}, clock }: Pipeline,
  sources: readonly SourceStatus[],
  destinations: readonly DestinationStatus[],
): Age[] => {
  const now = clock.now().getTime();
  const { snapshotMs, proofMs } = promises;
  const isKnown = destinations.some(({ state }) => state === 'current' || state === 'behind' || state === 'read-only');
  const late = sources.map(({ source, last }): Age | undefined => {
    if (last === undefined)
      return isKnown ? { of: 'snapshot', source, agoMs: undefined, promisedMs: Number.POSITIVE_INFINITY } : undefined;
    if (snapshotMs === undefined) return undefined;
    const at = Number(nsFromTimestamp(last.time) / 1_000_000n);
    return { of: 'snapshot', source, agoMs: now - at, promisedMs: snapshotMs };
  });
  const unproven = destinations.map(({ destination, lastProof, snapshots }): Age | undefined => {
    const failed = lastProof?.passed === false;
    if ((proofMs === undefined && !failed) || snapshots === 0) return undefined;
    const agoMs = lastProof && now - lastProof.at.getTime();
    return { of: 'proof', destination, agoMs, promisedMs: proofMs ?? Number.POSITIVE_INFINITY, failed };
  });
  return [...late, ...unproven].filter((age) => age !== undefined);
};

/** Packs whose last reading is longer ago than was promised. One that was never read has its turn first, and counts from then on. */
export const unreadAges = ({ catalog, promises, clock }: Pipeline, view: Session | undefined): Age[] => {
  const withinMs = promises?.verifyWithinMs;
  if (withinMs === undefined || catalog === undefined || view === undefined) return [];
  const { index } = view;
  const limit = clock.now().getTime() - withinMs - dayMs;
  return view.replicas.map(({ name, mask, config }): Age => {
    const verified = catalog.verified({ destination: name, replica: config.id });
    const isLate = ([id, pack]: readonly [string, number]): boolean =>
      (index.table.packs.presence(pack) & mask) !== 0 && (verified.get(id) ?? limit) < limit;
    return { of: 'verify', destination: name, overduePacks: [...index.packNumbers].filter(isLate).length };
  });
};

/** A turn may be a day late. */
const dayMs = 24 * 60 * 60_000;
