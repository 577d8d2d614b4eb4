/**
 * Repairs a replica from its siblings. The only command that replaces an object, and only by bytes whose hash is its name; a damaged
 * config, which has no such name, by one like the siblings'.
 */
import { CatchUp, owedPacks, type CatchUpContext } from '../engine/catch-up.ts';
import { loadIndex } from '../engine/repository-index.ts';
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import type { Replica } from '../repository/replica.ts';
import type { ScryptParameters } from '../repository/scrypt.ts';
import { listSnapshots } from '../snapshot/snapshot-list.ts';
import { TreeReader } from '../snapshot/tree-reader.ts';
import { checkReplica, rememberChecks, requireNames, type CheckError } from './check.ts';
import { coverTree } from './cover.ts';
import { settleKeys } from './due-keys.ts';
import { damagedConfig, healKeys, replaceConfig } from './heal-access.ts';
import { healIndex, healSnapshots } from './heal-index.ts';
import { healPacks } from './heal-packs.ts';
import type { Pipeline } from './pipeline.ts';
import { isReadOnly, readOnlyError } from './read-only.ts';
import { lacksBlobs, resealFromSources } from './reseal.ts';
import { Session } from './session.ts';

export interface HealRequest {
  readonly only?: ReadonlySet<string>;
  /** Looks for damage and says what would be done. */
  readonly dryRun: boolean;
  /** The cost of a key file that is made anew; calibrated on this machine when absent. */
  readonly scrypt?: ScryptParameters;
}

/** How many objects of each kind were put in the place of damaged or missing ones. */
export interface Replaced {
  readonly packs: number;
  readonly indexes: number;
  readonly snapshots: number;
  readonly keys: number;
  readonly configs: number;
}

export interface HealResult {
  readonly destination: string;
  /** `whole`: nothing was wrong; `healed`: something was and is not any more; `damaged`: something is left. */
  readonly status: 'whole' | 'healed' | 'damaged' | 'failed' | 'skipped' | 'locked';
  readonly found: readonly CheckError[];
  readonly replaced: Replaced;
  /** Packs whose sound blobs were moved into new ones. */
  readonly rebuilt: number;
  /** Errors that were mended out of the sources, since no destination had what was missing. */
  readonly resealed: number;
  /** What could not be mended from anywhere. */
  readonly left: readonly CheckError[];
  readonly error?: BackupError;
}

const noneReplaced: Replaced = { packs: 0, indexes: 0, snapshots: 0, keys: 0, configs: 0 };

const nothing = { found: [], replaced: noneReplaced, rebuilt: 0, resealed: 0, left: [] };

export const heal = async (pipeline: Pipeline, request: HealRequest): Promise<readonly HealResult[]> => {
  requireNames(pipeline, request.only);
  const names = pipeline.destinations.map(({ name }) => name).filter((name) => request.only?.has(name) ?? true);
  const results: HealResult[] = [];
  for (const name of names) results.push(await healNamed(pipeline, name, request));
  // What was mended on one may be what another, that had its turn before, still lacks.
  for (const [i, result] of results.entries()) {
    if (result.status !== 'damaged' || !results.slice(i + 1).some(isMended)) continue;
    results[i] = joined(result, await healNamed(pipeline, result.destination, request));
  }
  if (!request.dryRun && results.some(lacksBlobs) && (await resealFromSources(pipeline))) {
    for (const [i, result] of results.entries()) {
      if (!lacksBlobs(result)) continue;
      const after = joined(result, await healNamed(pipeline, result.destination, request));
      results[i] = { ...after, resealed: result.left.length - after.left.length };
    }
  }
  await rememberChecks(pipeline, results, true);
  return results;
};

const isMended = ({ status, replaced, rebuilt }: HealResult): boolean =>
  status === 'healed' || Object.values(replaced).some((count) => count > 0) || rebuilt > 0;

const joined = (first: HealResult, second: HealResult): HealResult => ({
  ...second,
  status: second.status === 'whole' ? 'healed' : second.status,
  found: first.found,
  replaced: added(first.replaced, second.replaced),
  rebuilt: first.rebuilt + second.rebuilt,
});

const added = (a: Replaced, b: Replaced): Replaced => ({
  packs: a.packs + b.packs,
  indexes: a.indexes + b.indexes,
  snapshots: a.snapshots + b.snapshots,
  keys: a.keys + b.keys,
  configs: a.configs + b.configs,
});

/** Each replica has a session of its own, so that what was healed before is seen, and only this one is locked for itself. */
const healNamed = async (pipeline: Pipeline, name: string, request: HealRequest): Promise<HealResult> => {
  const { dryRun } = request;
  await using session = await Session.open(pipeline, {
    lock: dryRun ? 'read' : 'shared',
    uncached: true,
    exclusive: new Set(dryRun ? [] : [name]),
  });
  const target = session.replicas.find((replica) => replica.name === name);
  try {
    if (target && !dryRun) await settleKeys(session, { only: new Set([name]), scrypt: request.scrypt });
    if (target && isReadOnly(pipeline, name)) return await lookOnly(session, target);
    if (target) return await (dryRun ? look(session, target) : healReplica(session, target, request));
    const place = session.damaged.find((one) => one.name === name);
    const found = place && (await damagedConfig(session, place));
    if (!place || !found) return absentResult(session, name);
    if (dryRun) return { destination: name, status: 'damaged', ...nothing, found: [found], left: [found] };
    await replaceConfig(session, place);
    const rest = await healNamed(pipeline, name, request);
    const status = rest.status === 'whole' ? 'healed' : rest.status;
    return { ...rest, status, found: [found, ...rest.found], replaced: { ...rest.replaced, configs: 1 } };
  } catch (cause) {
    throwIfAborted(pipeline.signal);
    return { destination: name, status: 'failed', ...nothing, error: toBackupError(cause).with({ destination: name }) };
  }
};

const absentResult = (session: Session, name: string): HealResult => {
  const absent = session.absent.find((place) => place.name === name);
  const error = absent?.error ?? new BackupError('UNAVAILABLE', `"${name}" takes no part`);
  return { destination: name, status: absent?.status ?? 'failed', ...nothing, error };
};

const everything = { readData: 'all', random: () => 0 } as const;

const look = async (session: Session, target: Replica): Promise<HealResult> => {
  const result = await checkReplica(session.pipeline, target, everything);
  if (result.error) throw result.error;
  const status = result.errors.length === 0 ? 'whole' : 'damaged';
  return { destination: target.name, status, ...nothing, found: result.errors, left: result.errors };
};

/** Nothing may be mended there: what is wrong is named, with why it stays. */
const lookOnly = async (session: Session, target: Replica): Promise<HealResult> => {
  const result = await look(session, target);
  return result.status === 'whole' ? result : { ...result, error: readOnlyError(target.name) };
};

const healReplica = async (session: Session, target: Replica, { scrypt }: HealRequest): Promise<HealResult> => {
  const { pipeline } = session;
  const { signal } = pipeline;
  const siblings = session.replicas.filter((replica) => replica !== target);
  const before = await checkReplica(pipeline, target, everything);
  if (before.error) throw before.error;
  if (before.errors.length === 0) return { destination: target.name, status: 'whole', ...nothing };
  const keys = before.errors.some(({ kind }) => kind === 'key') ? await healKeys(pipeline, target, scrypt) : 0;
  const snapshots = await healSnapshots(target, siblings, signal);
  const index = await healIndex(target, siblings, signal);
  // The index may name more packs now than the first look knew of.
  const again = index.replaced + index.adopted > 0 ? await checkReplica(pipeline, target, everything) : before;
  const bad = [...new Set(again.errors.filter(({ kind }) => kind === 'pack').map(({ id }) => id))];
  const packs = await healPacks(session, target, bad);
  await bringMissing(session, target);
  const after = await checkReplica(pipeline, target, everything);
  if (after.error) throw after.error;
  return {
    destination: target.name,
    status: after.errors.length === 0 ? 'healed' : 'damaged',
    found: before.errors,
    replaced: {
      packs: packs.replaced,
      indexes: index.replaced + index.removed,
      snapshots: snapshots.replaced,
      keys,
      configs: 0,
    },
    rebuilt: packs.rebuilt,
    resealed: 0,
    left: after.errors,
  };
};

/** Blobs that the replica's snapshots need and its index does not name come from siblings that have them. */
export const bringMissing = async (session: Session, target: Replica): Promise<void> => {
  const { pipeline, replicas } = session;
  const { signal } = pipeline;
  const index = await loadIndex(replicas, signal);
  const others = replicas.reduce((mask, replica) => mask | replica.mask, 0) & ~target.mask;
  index.table.setMasks(target.mask, others);
  const trees = new TreeReader(session.blobReader({ table: index.table }));
  const seen = new Set<string>();
  // What stands nowhere is found by the last look; here the rest is brought.
  const parts = { table: index.table, trees, seen, signal, onMissing: () => undefined };
  for (const { file } of (await listSnapshots([target], signal)).snapshots) await coverTree(file.tree, parts);
  const { codecs } = session;
  const context: CatchUpContext = { table: index.table, replicas, codecs, files: index.files, allowEgress: true };
  const catchUp = new CatchUp(context, target, signal);
  for (const pack of owedPacks(index.table, target.mask))
    await catchUp.copy([pack]).catch(() => throwIfAborted(signal));
  await catchUp.publish();
};
