/** What a prune of one replica would do, in figures and in full. */
import { packDataBytes } from '../engine/pack-pool.ts';
import { packKey } from '../repository/layout.ts';
import { objectSizes } from '../repository/objects.ts';
import type { Replica } from '../repository/replica.ts';
import { BlobUsage } from '../prune/blob-usage.ts';
import { choosePacks, type ChosenPacks } from '../prune/choose.ts';
import { graceMs, type Marks, readMarks } from '../prune/marks.ts';
import { markNeeded, refuse } from '../prune/needed.ts';
import { usageOfPacks, type PackUsage } from '../prune/pack-usage.ts';
import type { IndexFile } from '../prune/rewrite-index.ts';
import type { PruneRequest } from './prune.ts';
import type { Session } from './session.ts';

export interface PrunePlan {
  readonly destination: string;
  readonly snapshots: number;
  readonly usedBytes: number;
  /** Packs in which nothing is needed, of an index or of none. */
  readonly remove: { readonly packs: number; readonly bytes: number };
  readonly repack: { readonly packs: number; readonly bytes: number };
  /** What is gone afterwards. */
  readonly freedBytes: number;
  /** What nothing needs and stays, since moving the rest is not worth it. */
  readonly unusedLeft: number;
  /** What is not needed goes when it has been so for a day. */
  readonly waits: boolean;
}

/** The plan with all that it takes to carry it out. */
export interface PreparedPrune {
  readonly plan: PrunePlan;
  readonly chosen: ChosenPacks;
  readonly usage: BlobUsage;
  /** Ids of the packs that go now. */
  readonly sweep: readonly string[];
  readonly files: readonly IndexFile[];
  /** Where listings lag: what is marked from now on. */
  readonly marks?: { readonly next: ReadonlyMap<string, number>; readonly files: readonly string[] };
}

type Wishes = Pick<PruneRequest, 'maxUnused' | 'maxRepackBytes'> & { readonly signal: AbortSignal };

export const makePrunePlan = async (session: Session, replica: Replica, wishes: Wishes): Promise<PreparedPrune> => {
  const { pipeline, index, trees } = session;
  const { signal } = wishes;
  const [unreadable] = index.unreadable;
  if (unreadable) throw refuse(replica, `index ${unreadable.id.slice(0, 8)} cannot be read`, unreadable.error);
  const usage = new BlobUsage(index.memory.sorted);
  const onProgress = (done: number, total: number): void =>
    pipeline.emit({
      type: 'work-progress',
      work: 'prune',
      destination: replica.name,
      progress: { done, total, unit: 'snapshots' },
    });
  const snapshots = await markNeeded({ replica, usage, trees, signal, onProgress });
  const waits = replica.destination.capabilities.listLagMs > 0;
  const marks = waits ? await readMarks(replica, signal) : undefined;
  const leaving = new Set([...(marks?.since.keys() ?? [])].flatMap((id) => index.packNumbers.get(id) ?? []));
  const packs = usageOfPacks(usage, index.table.packs, leaving);
  const stored = await objectSizes(replica.destination, 'data', { signal });
  await requireStored(packs, { stored, replica, signal });
  const chosen = choosePacks(packs, {
    maxUnused: wishes.maxUnused ?? { percent: 5 },
    maxRepackBytes: wishes.maxRepackBytes ?? Number.POSITIVE_INFINITY,
    smallBytes: (pipeline.packBytes ?? packDataBytes) / 4,
  });
  const orphans = [...stored].filter(([id]) => !index.packNumbers.has(id));
  const remove = [...chosen.remove.map(({ id }) => [id, stored.get(id) ?? 0] as const), ...orphans];
  const removed = remove.map(([id]) => id);
  const repacked = chosen.repack.map(({ id }) => id);
  const rubbish = [...removed, ...repacked];
  const now = pipeline.clock.now().getTime();
  const sweep = marks ? ripe(removed, marks, now) : rubbish;
  const swept = new Set(sweep);
  const plan: PrunePlan = {
    destination: replica.name,
    snapshots,
    usedBytes: sum(packs, ({ usedBytes }) => usedBytes),
    remove: { packs: remove.length, bytes: sum(remove, ([, size]) => size) },
    repack: { packs: chosen.repack.length, bytes: sum(chosen.repack, ({ size }) => size) },
    freedBytes: sum(remove, ([, size]) => size) + sum(chosen.repack, ({ unusedBytes }) => unusedBytes),
    unusedLeft: sum(chosen.keep, ({ unusedBytes }) => unusedBytes),
    waits: rubbish.some((id) => !swept.has(id)),
  };
  const files = [...index.files.values()].map(({ id, packs: numbers }) => ({
    id,
    packs: numbers.map((pack) => index.table.packs.id(pack)),
  }));
  // What is repacked was needed until now.
  const next =
    marks &&
    new Map([
      ...removed.map((id) => [id, marks.since.get(id) ?? now] as const),
      ...repacked.map((id) => [id, now] as const),
    ]);
  return { plan, chosen, usage, sweep, files, ...(next ? { marks: { next, files: marks.files } } : {}) };
};

/** Marked long enough ago, and not needed since. */
const ripe = (rubbish: readonly string[], { since }: Marks, now: number): string[] =>
  rubbish.filter((id) => {
    const at = since.get(id);
    return at !== undefined && now - at >= graceMs;
  });

interface Stored {
  readonly stored: ReadonlyMap<string, number>;
  readonly replica: Replica;
  readonly signal: AbortSignal;
}

/** A listing that lags may not show a pack that is there. */
const requireStored = async (packs: readonly PackUsage[], { stored, replica, signal }: Stored): Promise<void> => {
  for (const { id, size, usedBlobs } of packs) {
    if (usedBlobs === 0 || stored.get(id) === size) continue;
    const found = await replica.destination.stat(packKey(id), { signal });
    if (found?.size !== size)
      throw refuse(replica, `pack ${id.slice(0, 8)}, which snapshots need, is missing or cut off`);
  }
};

const sum = <One>(items: readonly One[], value: (one: One) => number): number =>
  items.reduce((total, one) => total + value(one), 0);
