import { bodyOf, type Body } from '../body.ts';
import { BackupError, toBackupError } from '../errors.ts';
import type { LaneProgress } from '../events.ts';
import type { Replica } from '../repository/replica.ts';

/** A sealed pack on its way to one replica; `done` says that the lane needs the memory no longer. */
export interface LanePack {
  readonly pack: number;
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly done: (stored: boolean) => void;
}

interface Underway {
  readonly item: LanePack;
  readonly since: number;
  readonly abort: AbortController;
  /** So many of its bytes were taken. */
  signed: number;
}

/** Adapters see a pack in pieces of this size, so that progress is seen and a slow link is told from a dead one. */
const pieceBytes = 1024 * 1024;
const mostPutsAtOnce = 4;

export interface LaneEvents {
  readonly stored: (lane: Lane, item: LanePack) => void;
  readonly failed: (lane: Lane, error: BackupError) => void;
  readonly changed: (lane: Lane) => void;
}

/**
 * The queue of one replica. It writes packs as fast as its destination takes them and never waits for another lane. When it fails it
 * gives back all memory and takes nothing more in this run; the others do not notice.
 */
export class Lane {
  readonly replica: Replica;
  #events: LaneEvents;
  readonly #stop = new AbortController();
  readonly #interrupted: AbortSignal;
  readonly #onInterrupted = (): void => this.fail(new BackupError('ABORTED', 'interrupted'));
  #queue: LanePack[] = [];
  readonly #underway = new Set<Underway>();
  #idle: (() => void)[] = [];
  #bytesStored = 0;
  /** Bytes of packs that it lacks and its siblings have: it catches up on them when the rest is written. */
  bytesOwed = 0;
  state: LaneProgress['state'] = 'writing';
  failure: BackupError | undefined;
  /** While the others are ahead of it, it holds one pack at a time: what more it held, the source would have to wait for. */
  isLagging = false;

  constructor(replica: Replica, events: LaneEvents, options: { readonly signal: AbortSignal }) {
    this.replica = replica;
    this.#events = events;
    this.#interrupted = options.signal;
    this.#interrupted.addEventListener('abort', this.#onInterrupted, { once: true });
  }

  get name(): string {
    return this.replica.name;
  }

  get mask(): number {
    return this.replica.mask;
  }

  /** Fires when the lane failed: everything that it does for its replica takes this signal. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get progress(): LaneProgress {
    const queued = this.#queue.reduce((sum, { bytes }) => sum + bytes.byteLength, this.bytesOwed);
    const bytesWaiting = [...this.#underway].reduce((sum, one) => sum + one.item.bytes.byteLength - one.signed, queued);
    return { state: this.state, bytesStored: this.#bytesStored, bytesWaiting };
  }

  push(item: LanePack): void {
    if (this.failure) return item.done(false);
    this.#queue.push(item);
    this.#start();
  }

  /** Puts at once. */
  get #most(): number {
    const { maxConcurrency } = this.replica.destination.capabilities;
    return this.isLagging ? 1 : Math.min(mostPutsAtOnce, maxConcurrency);
  }

  /** Whether it would begin to write another pack at once. */
  get hasRoom(): boolean {
    return this.failure === undefined && this.#underway.size < this.#most;
  }

  #start(): void {
    while (this.hasRoom) {
      const item = this.#queue.shift();
      if (!item) break;
      void this.#store({ item, since: performance.now(), abort: new AbortController(), signed: 0 });
    }
    if (this.#underway.size === 0 && this.#queue.length === 0) {
      for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  async #store(underway: Underway): Promise<void> {
    const { item, abort } = underway;
    this.#underway.add(underway);
    const signal = AbortSignal.any([abort.signal, this.signal]);
    let stored = false;
    const sign = (count: number): void => {
      underway.signed += count;
      this.#bytesStored += count;
      this.#events.changed(this);
    };
    try {
      await this.replica.destination.put(item.key, counted(item.bytes, sign), { signal });
      stored = true;
    } catch (error) {
      // Giving a pack up (`giveUp`) is no failure of the lane.
      if (!abort.signal.aborted) this.fail(toBackupError(error).with({ destination: this.name }));
    }
    this.#underway.delete(underway);
    // Of what was given up in the middle nothing is there.
    if (!stored) this.#bytesStored -= underway.signed;
    if (stored) this.#events.stored(this, item);
    item.done(stored);
    this.#events.changed(this);
    this.#start();
  }

  /** So many bytes of what it was owed are there. */
  caughtUp(bytes: number): void {
    this.bytesOwed = Math.max(0, this.bytesOwed - bytes);
    this.#bytesStored += bytes;
    this.#events.changed(this);
  }

  /** Puts an index or a snapshot file. What cannot be put fails the lane. */
  async store(key: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.replica.destination.put(key, bodyOf(bytes), { signal: this.signal });
    } catch (error) {
      this.fail(toBackupError(error).with({ destination: this.name }));
      throw error;
    }
  }

  /**
   * Drops every pack for which `elsewhere` says that a sibling has it; they are owed and copied later. What is being written is dropped
   * only when it has been held for longer than `heldMs`. The numbers of the packs.
   */
  giveUp(elsewhere: (pack: number) => boolean, heldMs: number): number[] {
    const given: number[] = [];
    this.#queue = this.#queue.filter((item) => {
      if (!elsewhere(item.pack)) return true;
      given.push(item.pack);
      item.done(false);
      return false;
    });
    for (const { item, abort, since } of this.#underway) {
      if (performance.now() - since < heldMs || !elsewhere(item.pack)) continue;
      given.push(item.pack);
      abort.abort(new BackupError('ABORTED', 'given up'));
    }
    return given;
  }

  fail(error: BackupError): void {
    if (this.failure) return;
    this.failure = error;
    this.state = 'failed';
    this.#stop.abort(error);
    for (const item of this.#queue.splice(0)) item.done(false);
    this.#events.failed(this, error);
    this.#start();
  }

  /** The run is over: what is still under way is dropped, and nothing more is told. */
  end(): void {
    this.#interrupted.removeEventListener('abort', this.#onInterrupted);
    const silent = (): void => undefined;
    this.#events = { stored: silent, failed: silent, changed: silent };
    this.fail(new BackupError('ABORTED', 'the run is over'));
  }

  /** Resolves when nothing is queued or under way; rejects when the lane failed. */
  async idle(): Promise<void> {
    if (this.#queue.length > 0 || this.#underway.size > 0)
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    if (this.failure) throw this.failure;
  }
}

/** A body that signs for each piece of it that was taken. */
const counted = (bytes: Uint8Array, sign: (count: number) => void): Body => {
  const body = bodyOf(bytes);
  return {
    size: body.size,
    async *open() {
      for await (const whole of body.open()) {
        for (let at = 0; at < whole.byteLength; at += pieceBytes) {
          const piece = whole.subarray(at, at + pieceBytes);
          yield piece;
          sign(piece.byteLength);
        }
      }
    },
  };
};
