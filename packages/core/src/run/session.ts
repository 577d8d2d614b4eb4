/** What every command does first: open the replicas, lock them, read the index and the list of snapshots. */
import { KeptIndex } from '../engine/kept-index.ts';
import { loadIndex, type LoadedIndex } from '../engine/repository-index.ts';
import { openCodecs } from '../engine/transforms.ts';
import { GatedDestination } from '../destination/gated.ts';
import { BackupError, isBackupError } from '../errors.ts';
import { hurriedReleaseMs } from '../repository/held-lock.ts';
import type { RepositoryLock } from '../repository/lock.ts';
import { byReadingCost, type Replica } from '../repository/replica.ts';
import { BlobReader, type BlobReaderOptions } from '../snapshot/blob-reader.ts';
import { listSnapshots, type ListedSnapshot, type SnapshotListing } from '../snapshot/snapshot-list.ts';
import { SealedCache } from '../repository/sealed-cache.ts';
import { StoredSnapshot } from '../snapshot/snapshot-reader.ts';
import { TreeReader } from '../snapshot/tree-reader.ts';
import type { Codec } from '../transform/transform.ts';
import { lockAll } from './lock-all.ts';
import { requireReplicas, withEmptyAsAbsent } from './missing-repository.ts';
import { openReplicas, type Absent, type Place } from './open-replicas.ts';
import type { Pipeline } from './pipeline.ts';
import { ReadAhead } from './read-ahead.ts';
import { takingPart } from './taking-part.ts';
import { transformSetup } from './transform-setup.ts';

export interface SessionOptions {
  /**
   * `read`: looks only, and takes no lock. `reading`: takes a shared lock where one can be written, and reads without where not.
   * `shared` and `exclusive`: a replica that cannot be locked takes no part.
   */
  readonly lock: 'read' | 'reading' | 'shared' | 'exclusive';
  /** Those that nothing may be written to take no part, not even to be read. */
  readonly writes?: boolean;
  /** Names of replicas that are locked for this run alone, whatever `lock` says. */
  readonly exclusive?: ReadonlySet<string>;
  /** As of `OpenReplicasOptions`, for everything that `open` does. When nobody is as quick as that, all get the time that they need. */
  readonly hurryMs?: number | undefined;
  /** As of `OpenReplicasOptions`, and only with `hurryMs`. */
  readonly enough?: number | undefined;
  /** Reads everything from the replicas themselves: for what looks at the state that they are in. */
  readonly uncached?: boolean;
  /** Leaves the index unread, which says nothing then: for who looks at the list of snapshots only, or reads indexes himself. */
  readonly withoutIndex?: boolean;
  /** Names of the destinations to use; all when absent. */
  readonly only?: ReadonlySet<string>;
  /** See `BlobReaderOptions`. */
  readonly sparing?: boolean;
  /** Reads from places without a readable config too: for commands that give back what was saved. */
  readonly salvage?: boolean;
  /** Learns who takes no part, and why, before `open` throws because nobody does. */
  readonly onNobody?: (absent: readonly Absent[]) => void;
}

interface SessionRest {
  readonly stack: AsyncDisposableStack;
  readonly locks: ReadonlyMap<Replica, RepositoryLock>;
  readonly sparing: boolean;
}

/** Who only looks goes on with those that have answered by then. */
export const lookHurryMs = 10_000;

export class Session implements AsyncDisposable {
  readonly pipeline: Pipeline;
  readonly replicas: readonly Replica[];
  readonly absent: readonly Absent[];
  /** Places whose config is damaged; in `absent` too. */
  readonly damaged: readonly Place[];
  readonly index: LoadedIndex;
  readonly snapshots: readonly ListedSnapshot[];
  /** Snapshots that a replica lists and does not give whole, as far as they were read from there. */
  readonly badSnapshots: SnapshotListing['bad'];
  readonly codecs: readonly Codec[];
  readonly blobs: BlobReader;
  readonly trees: TreeReader;
  /** Fires for a replica whose lock was lost. */
  readonly lockLost: ReadonlyMap<Replica, AbortSignal>;
  readonly #stack: AsyncDisposableStack;
  readonly #locks: ReadonlyMap<Replica, RepositoryLock>;

  private constructor(
    parts: Pick<
      Session,
      'pipeline' | 'replicas' | 'absent' | 'damaged' | 'index' | 'snapshots' | 'badSnapshots' | 'codecs' | 'lockLost'
    >,
    { stack, locks, sparing }: SessionRest,
  ) {
    this.pipeline = parts.pipeline;
    this.replicas = parts.replicas;
    this.absent = parts.absent;
    this.damaged = parts.damaged;
    this.index = parts.index;
    this.snapshots = parts.snapshots;
    this.badSnapshots = parts.badSnapshots;
    this.codecs = parts.codecs;
    this.lockLost = parts.lockLost;
    this.#stack = stack;
    this.#locks = locks;
    this.blobs = this.blobReader({ sparing });
    this.trees = new TreeReader(this.blobs);
  }

  /** Throws when no replica takes part (NO_REPOSITORY, WRONG_PASSWORD, LOCKED …); one that does not is in `absent`. */
  static async open(pipeline: Pipeline, options: SessionOptions): Promise<Session> {
    const patient = { ...options, hurryMs: undefined, enough: undefined };
    if (options.hurryMs === undefined || pipeline.destinations.length === 1) return Session.#open(pipeline, patient);
    const absent: Absent[] = [];
    try {
      return await Session.#open(pipeline, options, absent);
    } catch (error) {
      const mayCome = absent.some((one) => one.error.retryable);
      if (!mayCome || isBackupError(error, 'ABORTED')) throw error;
      return Session.#open(pipeline, patient);
    }
  }

  /** `absent` is filled as it goes on. */
  static async #open(pipeline: Pipeline, options: SessionOptions, absent: Absent[] = []): Promise<Session> {
    await using stack = new AsyncDisposableStack();
    const { only, hurryMs, enough } = options;
    const set = await openReplicas(pipeline, stack, { only, hurryMs, enough });
    const part = takingPart(pipeline, set, await withEmptyAsAbsent(pipeline, set), options);
    absent.push(...part.absent);
    if (part.replicas.length === 0) options.onNobody?.(absent);
    requireReplicas(part, absent);
    for (const { name: destination, error } of part.salvaged) pipeline.emit({ type: 'warning', destination, error });
    const opened = part.replicas.map((replica) => ({
      ...replica,
      destination: new GatedDestination(replica.destination),
      ...(options.uncached === true ? { cache: undefined } : {}),
    }));
    const locks = new Map<Replica, RepositoryLock>();
    const kept = keptIndex(pipeline, opened, options);
    const ahead = new ReadAhead(opened, async (from) => {
      const [index, listing] = await Promise.all([
        loadIndex(options.withoutIndex === true ? [] : from, pipeline.signal, kept),
        listSnapshots(from, pipeline.signal),
      ]);
      return { index, listing };
    });
    const unlocked = new Set(part.salvaged.map(({ name }) => name));
    const locked = await lockAll(pipeline, opened, { ...options, absent, stack, locks, ahead, unlocked });
    requireReplicas({ replicas: [...locked.keys()] }, absent);
    const { index, listing } = await ahead.of([...locked.keys()]);
    const keeping = kept?.keep(index, { signal: pipeline.signal });
    if (keeping) stack.defer(() => keeping);
    for (const { replica, error } of [...index.failed, ...listing.failed]) {
      if (absent.some(({ name }) => name === replica.name)) continue;
      absent.push({ name: replica.name, status: 'failed', error });
    }
    const replicas = [...locked.keys()].filter(({ name }) => !absent.some((other) => other.name === name));
    requireReplicas({ replicas }, absent);
    for (const { id, replicas: mask, error } of index.unreadable) {
      const names = replicas.filter((replica) => (replica.mask & mask) !== 0).map(({ name }) => name);
      if (names.length === 0) continue;
      const what = new BackupError('CORRUPT', `index ${id.slice(0, 8)} cannot be read on ${names.join(', ')}`, {
        hint: 'run `triplicate heal`',
        cause: error,
      });
      pipeline.emit({ type: 'warning', error: what });
    }
    for (const { replica, error } of listing.bad) pipeline.emit({ type: 'warning', destination: replica.name, error });
    await dropSnapshots(replicas, listing.snapshots);
    if (options.withoutIndex !== true) await dropUnlisted(replicas, index);
    const [first] = replicas;
    if (!first) throw new BackupError('NO_REPOSITORY', 'no replica is there');
    const codecs = await openCodecs(transformSetup(pipeline.chain, first));
    set.settle();
    const snapshots = listing.snapshots.filter(({ mask }) => replicas.some((replica) => (replica.mask & mask) !== 0));
    const badSnapshots = listing.bad;
    const { damaged } = set;
    const parts = { pipeline, replicas, absent, damaged, index, snapshots, badSnapshots, codecs, lockLost: locked };
    return new Session(parts, { stack: stack.move(), locks, sparing: options.sparing ?? false });
  }

  /** Nobody waits for this one any more: its lock is let go of soon, whether it can be removed or not. */
  leaveBehind(replica: Replica): void {
    const lock = this.#locks.get(replica);
    if (lock) lock.releaseMs = hurriedReleaseMs;
  }

  /** Throws LOCKED when another program removed the lock that is held on it. */
  async requireLocked(replica: Replica): Promise<void> {
    await this.#locks.get(replica)?.requireStanding();
  }

  /** A warning for each destination that takes no part: for commands whose result does not name them. */
  tellAbsent(): void {
    for (const { name: destination, error } of this.absent) this.pipeline.emit({ type: 'warning', destination, error });
  }

  /** A reader over some of the replicas (all by default), and over packs in memory while a run writes them. */
  blobReader(options: Partial<Pick<BlobReaderOptions, 'table' | 'replicas' | 'inMemory' | 'sparing'>>): BlobReader {
    const { pipeline, codecs, index } = this;
    const readers = [...(options.replicas ?? this.replicas)].toSorted(byReadingCost);
    return new BlobReader({
      table: options.table ?? index.table,
      replicas: readers,
      codecs,
      signal: pipeline.signal,
      onBad: (replica, pack, error) => {
        const what = new BackupError(error.code, `pack ${pack.slice(0, 8)} on "${replica.name}": ${error.message}`, {
          hint: this.#hintOfBad(replica.name, readers.length),
          context: { pack, ...error.context },
        });
        pipeline.emit({ type: 'warning', destination: replica.name, error: what });
      },
      ...(options.sparing === true ? { sparing: true } : {}),
      ...(options.inMemory ? { inMemory: options.inMemory } : {}),
    });
  }

  #hintOfBad(name: string, readers: number): string {
    const heal = `run \`triplicate heal ${name}\` to mend it`;
    if (readers > 1) return `another destination is asked; ${heal}`;
    const present = new Set([...this.replicas, ...this.absent].map((one) => one.name));
    const unasked = this.pipeline.destinations.some((one) => !present.has(one.name));
    return unasked
      ? `no other destination is asked, since one was named: leave \`--from\` out, and ${heal}`
      : 'no other destination is there that could be asked';
  }

  reader(snapshot: ListedSnapshot): StoredSnapshot {
    return new StoredSnapshot(snapshot.id, snapshot.file, this);
  }

  /** A cache in a folder of this machine that opens with the secret of this repository. */
  sealedCache(folder: string): SealedCache {
    const [first] = this.replicas;
    if (!first) throw new TypeError('a session has a replica');
    return new SealedCache({ folder, masterKey: first.masterKey, clock: this.pipeline.clock });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Where the index may be kept, and is read. */
const keptIndex = (
  { indexFolder, clock }: Pipeline,
  [first]: readonly Replica[],
  { uncached = false, withoutIndex = false }: SessionOptions,
): KeptIndex | undefined =>
  indexFolder === undefined || uncached || withoutIndex || !first
    ? undefined
    : new KeptIndex({ folder: indexFolder, masterKey: first.masterKey, clock });

/** What a replica has no more is not kept on this machine either. */
const dropSnapshots = async (replicas: readonly Replica[], snapshots: readonly ListedSnapshot[]): Promise<void> => {
  const listed = new Map(snapshots.map(({ id, mask }) => [id, mask]));
  for (const { cache, mask } of replicas)
    await cache?.keepOnly('snapshots', { has: (id) => ((listed.get(id) ?? 0) & mask) !== 0 });
};

/** The same of indexes, and of packs that none of them names. */
const dropUnlisted = async (
  replicas: readonly Replica[],
  { files, packNumbers, table }: LoadedIndex,
): Promise<void> => {
  for (const { cache, mask } of replicas) {
    if (!cache) continue;
    const isThere = (present: number | undefined): boolean => ((present ?? 0) & mask) !== 0;
    await cache.keepOnly('index', { has: (id) => isThere(files.get(id)?.mask) });
    await cache.keepOnly('data', {
      has: (id) => {
        const pack = packNumbers.get(id);
        return pack !== undefined && isThere(table.packs.presence(pack));
      },
    });
  }
};
