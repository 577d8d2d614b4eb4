/** Brings replicas that are behind up to their siblings, without the source. */
import { bodyOf } from '../body.ts';
import { CatchUp, owedPacks, type CatchUpContext } from '../engine/catch-up.ts';
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import { snapshotKey } from '../repository/layout.ts';
import type { Replica } from '../repository/replica.ts';
import { fetchSnapshot, type ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { wantedOn } from '../retention/wanted.ts';
import type { Absent } from './open-replicas.ts';
import { requireNames } from './check.ts';
import type { Pipeline } from './pipeline.ts';
import { settleKeys } from './due-keys.ts';
import { extendLocks, noteLocks } from './extend-locks.ts';
import { isReadOnly, readOnlyError } from './read-only.ts';
import { rememberBrought, rememberReplicas, rememberSnapshots } from './remember.ts';
import { Session } from './session.ts';
import { type Settled, settleForgotten } from './settle-forgotten.ts';
import { isLost, type PlannedSnapshot, planSnapshots } from './sync-plan.ts';
import { SyncProgress } from './sync-progress.ts';

export interface SyncRequest {
  /** Names of the destinations to bring up; all when absent. */
  readonly to?: ReadonlySet<string>;
  readonly dryRun: boolean;
}

export interface SyncResult {
  readonly destination: string;
  readonly status: 'synced' | 'failed' | 'skipped' | 'locked';
  readonly snapshots: number;
  readonly packs: number;
  readonly bytes: number;
  /** Snapshots that were forgotten while it was away, and went now. */
  readonly forgotten: number;
  /** Snapshots that could not be brought because a blob of theirs stands nowhere. */
  readonly incomplete: readonly { readonly id: string; readonly error: BackupError }[];
  readonly error?: BackupError;
}

export const sync = async (pipeline: Pipeline, request: SyncRequest): Promise<readonly SyncResult[]> => {
  requireNames(pipeline, request.to);
  const results = await syncAll(pipeline, request);
  const there = results.filter(({ status }) => status === 'synced').map(({ destination }) => destination);
  if (!request.dryRun) await extendLocks(pipeline, there);
  return results;
};

const syncAll = async (pipeline: Pipeline, request: SyncRequest): Promise<readonly SyncResult[]> => {
  await using session = await Session.open(pipeline, { lock: request.dryRun ? 'read' : 'shared' });
  if (!request.dryRun) {
    await rememberReplicas(session);
    noteLocks(session);
    await settleKeys(session, request.to ? { only: request.to } : {});
  }
  const settled = await settleForgotten(session, { fresh: [], dryRun: request.dryRun });
  const results: SyncResult[] = [];
  for (const target of session.replicas) {
    if (request.to && !request.to.has(target.name)) continue;
    if (isReadOnly(pipeline, target.name)) {
      results.push(absentResult({ name: target.name, status: 'skipped', error: readOnlyError(target.name) }));
      continue;
    }
    const work = { missing: missingOn(session, target, settled), dryRun: request.dryRun };
    const forgotten = settled.removed.get(target.name) ?? 0;
    const error = settled.failed.get(target.name);
    const result = await syncOne(session, target, work);
    results.push({ ...result, forgotten, ...(error && !result.error ? { status: 'failed' as const, error } : {}) });
  }
  if (!request.dryRun) await rememberSynced(session, settled, results);
  return [...results, ...session.absent.filter(({ name }) => request.to?.has(name) ?? true).map(absentResult)];
};

const absentResult = ({ name, status, error }: Absent): SyncResult => ({
  destination: name,
  status,
  snapshots: 0,
  packs: 0,
  bytes: 0,
  forgotten: 0,
  incomplete: [],
  error,
});

/** What it lacks and should have. */
const missingOn = ({ pipeline }: Session, { name, mask }: Replica, settled: Settled): readonly ListedSnapshot[] =>
  wantedOn(settled.snapshots, {
    mask,
    retain: pipeline.destinations.find((configured) => configured.name === name)?.retain,
    forgotten: new Set(settled.intents.keys()),
    now: pipeline.clock.now(),
  });

const rememberSynced = async (session: Session, settled: Settled, results: readonly SyncResult[]): Promise<void> => {
  const { badSnapshots, pipeline, replicas } = session;
  await rememberSnapshots({ pipeline, replicas, badSnapshots, snapshots: settled.snapshots }, [], []);
  const whole = results.filter(({ status, incomplete }) => status === 'synced' && incomplete.length === 0);
  for (const { destination } of whole) {
    const target = replicas.find(({ name }) => name === destination);
    if (target) await rememberBrought(pipeline, destination, missingOn(session, target, settled));
  }
};

/** Oldest first, one snapshot after another: when it is interrupted, what arrived is whole. */
const syncOne = async (
  session: Session,
  target: Replica,
  { missing, dryRun }: { readonly missing: readonly ListedSnapshot[]; readonly dryRun: boolean },
): Promise<Omit<SyncResult, 'forgotten'>> => {
  const total = { snapshots: 0, packs: 0, bytes: 0 };
  const incomplete: { id: string; error: BackupError }[] = [];
  session.index.table.setMasks(
    target.mask,
    session.replicas.reduce((mask, replica) => mask | replica.mask, 0) & ~target.mask,
  );
  const progress = new SyncProgress(session.pipeline, target.name);
  try {
    if (missing.length > 0) progress.look();
    const plan = [...(await planSnapshots(session, target, missing))];
    progress.expect(plan);
    for (let planned = plan.shift(); planned; planned = plan.shift()) {
      const { snapshot, packs, bytes } = planned;
      progress.begin(planned, missing.length - plan.length, missing.length);
      const error = planned.error ?? (dryRun ? undefined : await bring(session, target, planned, progress));
      if (error) incomplete.push({ id: snapshot.id, error });
      else {
        total.snapshots += 1;
        total.packs += packs.length;
        total.bytes += bytes;
      }
      if (error && !planned.error) {
        // What it should have brought may be needed by others, which then bring it themselves.
        plan.splice(0, Number.POSITIVE_INFINITY, ...(await replan(session, target, plan)));
        progress.expect(plan);
      }
    }
    if (missing.length > 0 && !dryRun) progress.end();
    return { destination: target.name, status: 'synced', ...total, incomplete };
  } catch (cause) {
    throwIfAborted(session.pipeline.signal);
    return { destination: target.name, status: 'failed', ...total, incomplete, error: toBackupError(cause) };
  }
};

const replan = async (
  session: Session,
  target: Replica,
  plan: readonly PlannedSnapshot[],
): Promise<readonly PlannedSnapshot[]> => {
  const { table } = session.index;
  for (const pack of owedPacks(table, target.mask)) table.packs.forgive(pack, target.mask);
  return await planSnapshots(
    session,
    target,
    plan.map(({ snapshot }) => snapshot),
  );
};

/** Packs, their index, and the snapshot last. An error is returned, and not thrown, when only this snapshot cannot be had. */
const bring = async (
  session: Session,
  target: Replica,
  { snapshot, packs }: PlannedSnapshot,
  progress: SyncProgress,
): Promise<BackupError | undefined> => {
  try {
    await copyOwed(session, target, packs, progress);
    const file = await snapshotBytes(session, snapshot);
    await target.destination.put(snapshotKey(snapshot.id), bodyOf(file), { signal: session.pipeline.signal });
    return undefined;
  } catch (cause) {
    const error = toBackupError(cause);
    if (!isLost(error)) throw error;
    return error;
  }
};

const copyOwed = async (
  { pipeline, index, replicas, codecs }: Session,
  target: Replica,
  owed: readonly number[],
  progress: SyncProgress,
): Promise<void> => {
  const context: CatchUpContext = {
    table: index.table,
    replicas,
    codecs,
    files: index.files,
    allowEgress: true,
    onBytes: (bytes) => progress.add(bytes),
    onDamaged: (replica, _pack, error) => pipeline.emit({ type: 'warning', destination: replica.name, error }),
  };
  const catchUp = new CatchUp(context, target, pipeline.signal);
  try {
    await catchUp.copy(owed);
  } finally {
    // What did come counts as present from here on, so it has to be named.
    await catchUp.publish();
  }
};

const snapshotBytes = async (session: Session, snapshot: ListedSnapshot): Promise<Buffer> => {
  let last: unknown;
  for (const replica of session.replicas.filter(({ mask }) => (mask & snapshot.mask) !== 0)) {
    try {
      return await fetchSnapshot(snapshot.id, replica, session.pipeline.signal);
    } catch (error) {
      throwIfAborted(session.pipeline.signal);
      last = error;
    }
  }
  throw toBackupError(last, 'NOT_FOUND');
};
