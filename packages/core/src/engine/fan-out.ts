/** From the pack pool to every lane: what is written where, who gives up its place, and when a replica may get its snapshot. */
import type { Clock } from '../clock.ts';
import { BackupError } from '../errors.ts';
import { giveBackFreed } from '../posix/give-back.ts';
import { packKey } from '../repository/layout.ts';
import type { Replica } from '../repository/replica.ts';
import type { Codec } from '../transform/transform.ts';
import type { BlobTable } from './blob-table.ts';
import { BufferDemand } from './buffer-demand.ts';
import { CatchUp, owedPacks, type CatchUpContext } from './catch-up.ts';
import { IndexBatches, type SealedIndex } from './index-batches.ts';
import { Lane, type LanePack } from './lane.ts';
import type { FinishedPack } from './messages.ts';
import type { PackPool } from './pack-pool.ts';
import { type LendRoom, ownRooms, poolRooms } from './rooms.ts';
import type { IndexFileInfo } from './repository-index.ts';

export type Pace = 'fastest' | 'quorum' | 'all';

export interface FanOutOptions {
  readonly replicas: readonly Replica[];
  readonly table: BlobTable;
  readonly pool: PackPool;
  readonly files: ReadonlyMap<string, IndexFileInfo>;
  readonly codecs: readonly Codec[];
  readonly pace: Pace;
  readonly quorum: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** False on a dry run: packs are made and dropped. */
  readonly write: boolean;
  readonly onLane: (lane: Lane) => void;
  readonly onDamaged: (replica: Replica, pack: string, error: BackupError) => void;
}

/** A pack is never taken from a lane that has held it for less. */
const leastHoldMs = 150;
/** Nothing but a look at a number in memory; the source stands still until it comes. */
const reclaimEveryMs = 10;
/** Each so many packs give back what was freed meanwhile: a few milliseconds of another thread. */
const packsUntilGivenBack = 4;
/** What lanes that catch up may hold between them beside one pack each, so that memory does not grow with their number. */
const sparePacks = 2;

export class FanOut implements Disposable {
  readonly lanes: readonly Lane[];
  readonly #options: FanOutOptions;
  readonly #batches: IndexBatches;
  readonly #indexes: SealedIndex[] = [];
  readonly #written = new Map<Lane, Set<string>>();
  readonly #turns = new Map<Lane, Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  readonly #spare = { packs: sparePacks };
  readonly #lend: LendRoom;
  readonly #demand = new BufferDemand();
  #accepted = 0;
  #isSealed = false;
  #fastestMs = leastHoldMs / 4;
  #isOver = false;
  #allFailed: (error: BackupError) => void = () => undefined;

  constructor(options: FanOutOptions) {
    this.#options = options;
    const { masterKey, config } = firstOf(options.replicas);
    const own = ownRooms((bytes) => new ArrayBuffer(bytes));
    this.#lend = poolRooms(options.pool, () => this.#isSealed, own);
    this.#batches = new IndexBatches(masterKey, config.version, options.clock);
    const events = {
      stored: (lane: Lane, item: LanePack) => this.#stored(lane, item),
      failed: (_lane: Lane, error: BackupError) => this.#failed(error),
      changed: options.onLane,
    };
    this.lanes = options.replicas.map((replica) => new Lane(replica, events, options));
    for (const lane of this.lanes) this.#written.set(lane, new Set());
    this.#setMasks();
    this.#timer = setInterval(() => this.#reclaim(), reclaimEveryMs).unref();
  }

  get alive(): readonly Lane[] {
    return this.lanes.filter(({ failure }) => failure === undefined);
  }

  #failed(error: BackupError): void {
    this.#setMasks();
    if (this.alive.length === 0) this.#allFailed(error);
  }

  /** What is to be done when the last lane has failed: there is nothing left to read the source for. */
  whenAllFailed(listener: (error: BackupError) => void): void {
    this.#allFailed = listener;
    const [first] = this.lanes;
    if (this.alive.length === 0 && first?.failure) listener(first.failure);
  }

  tell(lane: Lane): void {
    if (!this.#isOver) this.#options.onLane(lane);
  }

  #setMasks(): void {
    const active = this.alive.reduce((mask, lane) => mask | lane.mask, 0);
    const siblings = this.alive
      .filter(({ replica }) => !replica.destination.capabilities.egressCost)
      .reduce((mask, lane) => mask | lane.mask, 0);
    this.#options.table.setMasks(active, siblings);
  }

  /** Takes a finished pack; its buffer goes back to the pool when the last lane has done with it. */
  accept(pack: FinishedPack): void {
    const { pool, table } = this.#options;
    const lanes = this.#options.write ? this.alive.filter(({ mask }) => (mask & pack.mask) !== 0) : [];
    const bytes = pool.bytes(pack.slot).subarray(0, pack.size);
    let users = lanes.length;
    const release = (): void => {
      table.packs.setSlot(pack.pack, undefined);
      pool.release(pack.slot);
    };
    const done = (): void => {
      users -= 1;
      if (users === 0) release();
    };
    if (users === 0) release();
    const accepted = performance.now();
    for (const lane of lanes) {
      const took = (stored: boolean): void => {
        if (stored) this.#fastestMs = Math.min(this.#fastestMs * 1.2, Math.max(1, performance.now() - accepted));
        done();
      };
      lane.push({ pack: pack.pack, key: packKey(pack.id), bytes, done: took });
    }
    this.#accepted += 1;
    if (this.#accepted % packsUntilGivenBack === 0) giveBackFreed();
    const full = this.#batches.add(pack);
    if (full) this.#indexes.push(full);
  }

  #stored(lane: Lane, item: LanePack): void {
    this.#options.table.packs.markPresent(item.pack, lane.mask);
    for (const other of this.alive)
      if (other.isLagging && other !== lane) this.#giveUp(other, Number.POSITIVE_INFINITY);
  }

  /** A worker sleeps for want of a buffer: there is one more where that helps; at last, lanes that hold what a sibling already has give it up. */
  #reclaim(): void {
    const { pool } = this.#options;
    if (this.#demand.look(pool, this.alive) && pool.canGrow) return pool.grow();
    if (!pool.starved || pool.canGrow) return;
    const held = Math.max(leastHoldMs, this.#fastestMs * 4);
    for (const lane of this.alive) this.#giveUp(lane, held);
  }

  #giveUp(lane: Lane, heldMs: number): void {
    const { table, pace, quorum } = this.#options;
    if (pace === 'all') return;
    const enough = pace === 'quorum' ? quorum : 1;
    const siblings = this.alive.filter((other) => other !== lane && !other.replica.destination.capabilities.egressCost);
    const elsewhere = (pack: number): boolean =>
      siblings.filter(({ mask }) => (table.packs.presence(pack) & mask) !== 0).length >= enough;
    for (const pack of lane.giveUp(elsewhere, heldMs)) {
      table.packs.owe(pack, lane.mask);
      lane.bytesOwed += table.packs.size(pack);
      lane.isLagging = true;
    }
  }

  /** Nothing is sealed after this: lanes may catch up through the pool's buffers. */
  endSealing(): void {
    this.#isSealed = true;
  }

  /** Everything of the source is sealed and handed over: what is left of the index becomes files. */
  closeIndex(): void {
    this.#indexes.push(...this.#batches.closeAll());
  }

  /**
   * Waits for the lane's packs, brings what it is owed from its siblings, and writes the index of all that was closed so far: the snapshot
   * may follow. Sources settle on a lane one after another. After one that could not, none can: what it brought may be named nowhere.
   */
  settle(lane: Lane, options: { readonly catchUp: boolean }): Promise<void> {
    const indexes = this.#indexes.filter(({ mask }) => (mask & lane.mask) !== 0);
    const before = this.#turns.get(lane) ?? Promise.resolve();
    const turn = before.then(() => this.#settle(lane, indexes, options));
    this.#turns.set(lane, turn);
    return turn;
  }

  async #settle(lane: Lane, indexes: readonly SealedIndex[], options: { readonly catchUp: boolean }): Promise<void> {
    const { table } = this.#options;
    await lane.idle();
    lane.isLagging = false;
    const owed = owedPacks(table, lane.mask);
    if (owed.length > 0) {
      if (!options.catchUp) throw behindBy(table, owed);
      await this.#catchUp(lane, owed);
    }
    const written = this.#written.get(lane);
    for (const { id, key, bytes, packs } of indexes) {
      if (written?.has(id)) continue;
      if (packs.some((pack) => (table.packs.presence(pack) & lane.mask) === 0))
        throw behindBy(table, owedPacks(table, lane.mask));
      await lane.store(key, bytes);
      written?.add(id);
    }
    if (lane.failure) throw lane.failure;
  }

  async #catchUp(lane: Lane, owed: readonly number[]): Promise<void> {
    lane.state = 'catching-up';
    lane.bytesOwed = missingOf(this.#options.table, owed).bytes;
    this.#options.onLane(lane);
    const context: CatchUpContext = {
      table: this.#options.table,
      // One that failed, e.g. because it is full, comes last: it may be the only one that has what the others gave up, and can be read.
      replicas: this.lanes
        .toSorted((a, b) => Number(a.failure !== undefined) - Number(b.failure !== undefined))
        .map(({ replica }) => replica),
      codecs: this.#options.codecs,
      files: this.#options.files,
      allowEgress: false,
      onDamaged: this.#options.onDamaged,
      onBytes: (bytes) => lane.caughtUp(bytes),
      spare: this.#spare,
      lend: this.#lend,
    };
    const named = new Set(this.#indexes.flatMap(({ packs, mask }) => ((mask & lane.mask) === 0 ? [] : packs)));
    const catchUp = new CatchUp(context, lane.replica, lane.signal);
    await catchUp.copy(owed);
    lane.bytesOwed = 0;
    await catchUp.publish(named);
  }

  /** What a lane still lacks. */
  missing(lane: Lane): { packs: number; bytes: number } {
    return missingOf(this.#options.table, owedPacks(this.#options.table, lane.mask));
  }

  /** Lanes that nobody waits for any more write nothing from here on. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#isOver = true;
    for (const lane of this.lanes) lane.end();
  }
}

const missingOf = (table: BlobTable, packs: readonly number[]): { packs: number; bytes: number } => ({
  packs: packs.length,
  bytes: packs.reduce((sum, pack) => sum + table.packs.size(pack), 0),
});

const behindBy = (table: BlobTable, owed: readonly number[]): BackupError => {
  const { packs, bytes } = missingOf(table, owed);
  return new BackupError('UNAVAILABLE', `behind by ${packs} packs`, {
    hint: 'run `triplicate sync` to bring it up',
    context: { behind: true, packs, bytes },
  });
};

const firstOf = (replicas: readonly Replica[]): Replica => {
  const [first] = replicas;
  if (first === undefined) throw new TypeError('a fan-out needs a replica');
  return first;
};
