import { sealedOverhead } from '../repository/crypto.ts';
import { maxBlobSize } from '../transform/transform.ts';

/**
 * The buffers that packs are sealed into and written to every destination from: a fixed number, shared by all threads, so that memory
 * is bounded. A worker that finds none waits; the main thread gives one back when the last lane has done with it.
 */
export interface PackPoolMemory {
  /** A pack is full from this many bytes of sealed blobs on; one larger blob has a pack of its own. */
  readonly dataBytes: number;
  /** The blob that fills it may end up to here. */
  readonly mostBytes: number;
  readonly slots: readonly SharedArrayBuffer[];
  /** [0] counts releases, [1] how many workers wait, [2] 1 = stop, [3] how many slots workers may use, [4 …] a slot's state. */
  readonly control: SharedArrayBuffer;
}

/** Sealed blobs of one pack; restic's default target. */
export const packDataBytes = 16 * 1024 * 1024;
/** Room for the blob that fills a pack: without it packs end before they are full, and there are more of them, and more requests, than restic makes. */
const mostSpare = 4 * 1024 * 1024;
/** Bounds the header; restic accepts 16 MiB. */
export const mostBlobsInPack = 10_000;
const headerEntryBytes = 41;
/** Room for the header of any pack. */
export const mostHeaderBytes = mostBlobsInPack * headerEntryBytes + 64;
const releases = 0;
const waiting = 1;
const stopped = 2;
const most = 3;
const states = 4;
/** The system has given no memory for it yet. */
const unused = 0;
const taken = 1;
const free = 2;

/**
 * Each worker fills up to two packs of data, and one of them up to two of trees, where replicas differ in what they have; where there is one
 * it is one of each. What is left is on its way to the destinations.
 */
export const buffersFor = (threads: number, replicas: number): number =>
  replicas === 1 ? threads + 3 : threads * 2 + 3;

/** A pack of data for each worker, one of trees, and one on its way: it stays at that as long as no destination could do with more (`PackPool.grow`). */
export const firstBuffersFor = (threads: number): number => threads + 2;

export class PackPool {
  readonly #memory: PackPoolMemory;
  readonly #control: Int32Array;

  constructor(memory: PackPoolMemory) {
    this.#memory = memory;
    this.#control = new Int32Array(memory.control);
  }

  /** Workers use `first` of the slots until `grow`. */
  static memory(slots: number, dataBytes: number = packDataBytes, first: number = slots): PackPoolMemory {
    const mostBytes = dataBytes + Math.min(mostSpare, dataBytes >> 2);
    const slotBytes = Math.max(mostBytes, maxBlobSize + sealedOverhead) + mostHeaderBytes;
    const control = new SharedArrayBuffer((states + slots) * 4);
    new Int32Array(control)[most] = Math.min(first, slots);
    return {
      dataBytes,
      mostBytes,
      slots: Array.from({ length: slots }, () => new SharedArrayBuffer(slotBytes)),
      control,
    };
  }

  get slotBytes(): number {
    return this.#memory.slots[0]?.byteLength ?? 0;
  }

  /** Whether a pack with `bytes` in it takes `more`. */
  hasRoom(bytes: number, more: number): boolean {
    return bytes < this.#memory.dataBytes && bytes + more <= this.#memory.mostBytes;
  }

  bytes(slot: number): Uint8Array {
    const memory = this.#memory.slots[slot];
    if (memory === undefined) throw new TypeError(`no slot ${slot}`);
    return new Uint8Array(memory);
  }

  /** A free slot; a worker sleeps until there is one. `undefined` once the pool is stopped. */
  take(): number | undefined {
    for (;;) {
      if (Atomics.load(this.#control, stopped) === 1) return undefined;
      const seen = Atomics.load(this.#control, releases);
      const slot = this.#tryTake(free) ?? (this.#mayUseMore ? this.#tryTake(unused) : undefined);
      if (slot !== undefined) return slot;
      Atomics.add(this.#control, waiting, 1);
      Atomics.wait(this.#control, releases, seen, 1000);
      Atomics.sub(this.#control, waiting, 1);
    }
  }

  /** A free slot, or `undefined` at once; one that was used before if there is one. For who would take other memory instead. */
  tryTake(): number | undefined {
    return this.#tryTake(free) ?? this.#tryTake(unused);
  }

  #tryTake(from: typeof free | typeof unused): number | undefined {
    for (let slot = 0; slot < this.#memory.slots.length; slot += 1) {
      if (Atomics.compareExchange(this.#control, states + slot, from, taken) === from) return slot;
    }
    return undefined;
  }

  #count(state: number): number {
    return this.#memory.slots.filter((_, slot) => Atomics.load(this.#control, states + slot) === state).length;
  }

  get #mayUseMore(): boolean {
    return this.#memory.slots.length - this.#count(unused) < Atomics.load(this.#control, most);
  }

  release(slot: number): void {
    Atomics.store(this.#control, states + slot, free);
    this.#wake();
  }

  /** Whether there are slots that workers do not use. */
  get canGrow(): boolean {
    return Atomics.load(this.#control, most) < this.#memory.slots.length;
  }

  /** Workers use one more from now on, or one more for each that sleeps: memory that the process keeps to its end. */
  grow(): void {
    if (!this.canGrow) return;
    const grown = Atomics.load(this.#control, most) + Math.max(1, Atomics.load(this.#control, waiting));
    Atomics.store(this.#control, most, Math.min(grown, this.#memory.slots.length));
    this.#wake();
  }

  /** Whether `take` would give a slot at once, if nobody else took one. */
  get hasFree(): boolean {
    return this.#count(free) > 0 || this.#mayUseMore;
  }

  /** Whether a worker sleeps for want of a slot. */
  get starved(): boolean {
    return Atomics.load(this.#control, waiting) > 0;
  }

  /** Another number once a slot came back. */
  get released(): number {
    return Atomics.load(this.#control, releases);
  }

  /** Wakes every worker and gives them nothing more. */
  stop(): void {
    Atomics.store(this.#control, stopped, 1);
    this.#wake();
  }

  #wake(): void {
    Atomics.add(this.#control, releases, 1);
    Atomics.notify(this.#control, releases);
  }
}
