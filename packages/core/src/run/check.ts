/** Whether each replica is whole by itself. Each is judged by its own index and its own packs, whatever its siblings have. */
import { textFromBytes } from '../bytes.ts';
import type { BlobTable } from '../engine/blob-table.ts';
import { idWordsFromHex } from '../engine/ids.ts';
import { loadIndex, type LoadedIndex } from '../engine/repository-index.ts';
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import { objectSizes } from '../repository/objects.ts';
import type { Replica } from '../repository/replica.ts';
import { BlobReader } from '../snapshot/blob-reader.ts';
import { listSnapshots, fetchSnapshot } from '../snapshot/snapshot-list.ts';
import { TreeReader } from '../snapshot/tree-reader.ts';
import { openCodecs } from '../engine/transforms.ts';
import { checkKeys } from './check-keys.ts';
import { choosePacks, readPacks, type ReadData } from './check-data.ts';
import type { Absent } from './open-replicas.ts';
import { note } from './note.ts';
import type { Pipeline } from './pipeline.ts';
import { alarmLostSnapshots } from './remember.ts';
import { Session } from './session.ts';
import { transformSetup } from './transform-setup.ts';

export interface CheckRequest {
  readonly only?: ReadonlySet<string>;
  /** Absent: structure only. */
  readonly readData?: ReadData;
  /** For choosing a share of the packs. */
  readonly random: () => number;
}

export interface CheckError {
  readonly kind: 'config' | 'key' | 'index' | 'pack' | 'snapshot' | 'tree' | 'blob';
  /** Of the object or blob that is damaged or missing; empty where a key file is lacking. */
  readonly id: string;
  readonly message: string;
}

export interface CheckResult {
  readonly destination: string;
  readonly status: 'whole' | 'damaged' | 'failed' | 'skipped' | 'locked';
  readonly errors: readonly CheckError[];
  readonly snapshots: number;
  readonly packs: number;
  readonly packsRead: number;
  readonly bytesRead: number;
  /** Packs that no index names: left by a run that was cut off, and harmless, or those of an index that is lost, and then blobs are lacking. */
  readonly unused: number;
  /** Ids of snapshots that it was seen to have and has no more, though nobody forgot them. */
  readonly lost: readonly string[];
  /** Why it could not be checked. */
  readonly error?: BackupError;
}

export const check = async (pipeline: Pipeline, request: CheckRequest): Promise<readonly CheckResult[]> => {
  requireNames(pipeline, request.only);
  await using session = await Session.open(pipeline, {
    lock: 'reading',
    uncached: true,
    // Each replica's own is read when its turn comes.
    withoutIndex: true,
    ...(request.only ? { only: request.only } : {}),
  });
  const results: CheckResult[] = [];
  const lost = await alarmLostSnapshots(session);
  for (const replica of session.replicas)
    results.push({ ...(await checkReplica(pipeline, replica, request)), lost: lost.get(replica.name) ?? [] });
  await rememberChecks(pipeline, results, request.readData === 'all');
  return [...results, ...session.absent.map(absentResult)];
};

export const requireNames = (pipeline: Pipeline, names: ReadonlySet<string> | undefined): void => {
  for (const name of names ?? []) {
    if (pipeline.destinations.some((destination) => destination.name === name)) continue;
    const known = pipeline.destinations.map((destination) => `"${destination.name}"`).join(', ');
    throw new BackupError('USAGE', `pipeline "${pipeline.name}" has no destination "${name}"`, {
      hint: `choose one of ${known}`,
    });
  }
};

/** What the last look at each replica found, `healed` meaning that nothing is wrong any more. Those that were not looked at stay as they were. */
export const rememberChecks = async (
  pipeline: Pipeline,
  results: readonly { readonly destination: string; readonly status: string }[],
  readData: boolean,
): Promise<void> => {
  const at = pipeline.clock.now().getTime();
  const done = results.filter(({ status }) => ['whole', 'healed', 'damaged'].includes(status));
  const checks = Object.fromEntries(
    done.map(({ destination, status }) => [destination, { at, whole: status !== 'damaged', readData }]),
  );
  await note(pipeline, (content) => ({ ...content, checks: { ...content.checks, ...checks } }));
};

const nothing = { errors: [], snapshots: 0, packs: 0, packsRead: 0, bytesRead: 0, unused: 0, lost: [] };

const absentResult = ({ name, status, error }: Absent): CheckResult => ({
  destination: name,
  status,
  ...nothing,
  error,
});

export const checkReplica = async (
  pipeline: Pipeline,
  replica: Replica,
  request: Pick<CheckRequest, 'readData' | 'random'>,
): Promise<CheckResult> => {
  try {
    return await checkAll(pipeline, replica, request);
  } catch (cause) {
    throwIfAborted(pipeline.signal);
    return {
      destination: replica.name,
      status: 'failed',
      ...nothing,
      error: toBackupError(cause).with({ destination: replica.name }),
    };
  }
};

const checkAll = async (
  pipeline: Pipeline,
  replica: Replica,
  { readData, random }: Pick<CheckRequest, 'readData' | 'random'>,
): Promise<CheckResult> => {
  const { signal } = pipeline;
  const index = await loadIndex([replica], signal);
  const [failed] = index.failed;
  if (failed) throw failed.error;
  const errors: CheckError[] = [
    ...(await checkKeys(pipeline, replica)),
    ...index.unreadable.map(({ id, error }): CheckError => ({ kind: 'index', id, message: error.message })),
  ];
  const stored = await objectSizes(replica.destination, 'data', { signal });
  const packs = [...index.packNumbers].map(([id, number]) => ({ id, size: index.table.packs.size(number) }));
  for (const { id, size } of packs) {
    const found = stored.get(id);
    if (found === size) continue;
    const what = found === undefined ? 'is missing' : `has ${found} bytes and should have ${size}`;
    errors.push({ kind: 'pack', id, message: `pack ${id.slice(0, 8)} ${what}` });
  }
  const sound = packs.filter(({ id, size }) => stored.get(id) === size);
  const chosen =
    readData === undefined
      ? []
      : choosePacks(
          sound.map(({ id }) => id),
          readData,
          random,
        );
  const wanted = new Set(chosen);
  const toRead = sound.filter(({ id }) => wanted.has(id));
  // The threads read packs while this one walks the trees. Both end before anything is told, and before the lock is let go.
  const [walked, looked] = await Promise.allSettled([
    checkSnapshots(pipeline, replica, index),
    readPacks({ pipeline, replica, packs: toRead }),
  ]);
  const [trees, read] = [fulfilled(walked), fulfilled(looked)];
  errors.push(...trees.errors, ...read.errors);
  return {
    destination: replica.name,
    status: errors.length > 0 ? 'damaged' : 'whole',
    errors: withoutRepeats(errors),
    snapshots: trees.snapshots,
    packs: packs.length,
    packsRead: chosen.length,
    bytesRead: read.bytesRead,
    unused: [...stored.keys()].filter((id) => !index.packNumbers.has(id)).length,
    lost: [],
  };
};

const fulfilled = <T>(result: PromiseSettledResult<T>): T => {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
};

const withoutRepeats = (errors: readonly CheckError[]): CheckError[] => [
  ...new Map(errors.map((error) => [error.message, error])).values(),
];

const checkSnapshots = async (
  pipeline: Pipeline,
  replica: Replica,
  index: LoadedIndex,
): Promise<{ errors: CheckError[]; snapshots: number }> => {
  const { signal } = pipeline;
  const listing = await listSnapshots([replica], signal);
  const [failed] = listing.failed;
  if (failed) throw failed.error;
  const errors: CheckError[] = listing.bad.map(({ id, error }) => ({
    kind: 'snapshot',
    id,
    message: `snapshot ${id.slice(0, 8)}: ${error.message}`,
  }));
  const blobs = new BlobReader({
    table: index.table,
    replicas: [replica],
    codecs: await openCodecs(transformSetup(pipeline.chain, replica)),
    signal,
    onBad: () => undefined,
  });
  const trees = new TreeReader(blobs);
  const seen = new Set<string>();
  for (const [done, snapshot] of listing.snapshots.entries()) {
    try {
      await fetchSnapshot(snapshot.id, replica, signal);
    } catch (error) {
      throwIfAborted(signal);
      errors.push({ kind: 'snapshot', id: snapshot.id, message: toBackupError(error, 'CORRUPT').message });
    }
    await walk(snapshot.file.tree, { table: index.table, trees, seen, errors, signal, snapshot: snapshot.id });
    const progress = { done: done + 1, total: listing.snapshots.length, unit: 'snapshots' as const };
    pipeline.emit({ type: 'work-progress', work: 'check', destination: replica.name, progress });
  }
  return { errors, snapshots: listing.snapshots.length };
};

interface Walk {
  readonly table: BlobTable;
  readonly trees: TreeReader;
  readonly seen: Set<string>;
  readonly errors: CheckError[];
  readonly signal: AbortSignal;
  readonly snapshot: string;
}

const walk = async (root: string, { table, trees, seen, errors, signal, snapshot }: Walk): Promise<void> => {
  const stack = [{ id: root, path: '' }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (seen.has(next.id)) continue;
    seen.add(next.id);
    throwIfAborted(signal);
    const { path } = next;
    try {
      for (const node of await trees.read(next.id)) {
        const name = `${path}/${textFromBytes(node.name)}`;
        if (node.subtree !== undefined) stack.push({ id: node.subtree, path: name });
        for (const blob of node.content ?? []) {
          if (seen.has(blob) || table.places(idWordsFromHex(blob), false).length > 0) continue;
          seen.add(blob);
          errors.push({
            kind: 'blob',
            id: blob,
            message: `"${name}" in snapshot ${snapshot.slice(0, 8)} lacks blob ${blob.slice(0, 12)}`,
          });
        }
      }
    } catch (cause) {
      throwIfAborted(signal);
      const error = toBackupError(cause, 'CORRUPT');
      if (error.code === 'UNAVAILABLE') throw error;
      errors.push({
        kind: 'tree',
        id: next.id,
        message: `folder "${path || '/'}" in snapshot ${snapshot.slice(0, 8)}: ${error.message}`,
      });
    }
  }
};
