import { claimedPack, entryWords, lengthWord, packWord, treeFlag } from './blob-entry.ts';

/**
 * The blobs that this run adds. Buckets stand in segments, each twice the one before, in one growable buffer, so that the table grows
 * without moving anything that another thread may be looking at. Entries are dense; a bucket holds an entry's number plus one.
 */
export interface DynamicMemory {
  readonly entries: SharedArrayBuffer;
  readonly buckets: SharedArrayBuffer;
  readonly count: SharedArrayBuffer;
}

const firstSegment = 1 << 14;
const mostEntries = 40_000_000;
/** Inserting stops in a segment at this share of its buckets. */
const fullAt = 0.7;

export class DynamicBlobs {
  readonly #memory: DynamicMemory;
  readonly #count: Int32Array;
  #words: Uint32Array;
  #buckets: Uint32Array;

  constructor(memory: DynamicMemory) {
    this.#memory = memory;
    this.#count = new Int32Array(memory.count);
    this.#words = new Uint32Array(memory.entries);
    this.#buckets = new Uint32Array(memory.buckets);
  }

  static memory(): DynamicMemory {
    return {
      entries: new SharedArrayBuffer(firstSegment * entryWords, { maxByteLength: mostEntries * entryWords * 4 }),
      buckets: new SharedArrayBuffer(firstSegment * 4, { maxByteLength: 2 ** 30 }),
      count: new SharedArrayBuffer(4),
    };
  }

  get words(): Uint32Array {
    if (this.#words.byteLength !== this.#memory.entries.byteLength) this.#words = new Uint32Array(this.#memory.entries);
    return this.#words;
  }

  get count(): number {
    return Atomics.load(this.#count, 0);
  }

  get #bucketView(): Uint32Array {
    if (this.#buckets.byteLength !== this.#memory.buckets.byteLength)
      this.#buckets = new Uint32Array(this.#memory.buckets);
    return this.#buckets;
  }

  /** The first word of the entry in `words`, or -1. */
  find(id: Uint32Array, tree: boolean): number {
    const buckets = this.#bucketView;
    for (let start = 0, size = firstSegment; start < buckets.length; start += size, size *= 2) {
      for (let slot = (id[0] ?? 0) & (size - 1); ; slot = (slot + 1) & (size - 1)) {
        const entry = Atomics.load(buckets, start + slot);
        if (entry === 0) break;
        const at = (entry - 1) * entryWords;
        if (sameBlob(this.words, at, id, tree)) return at;
      }
    }
    return -1;
  }

  /** A claimed entry for a blob that is not there yet; under the table's lock. */
  insert(id: Uint32Array, tree: boolean): number {
    const entry = this.#count[0] ?? 0;
    const at = entry * entryWords;
    const need = (at + entryWords) * 4;
    if (this.#memory.entries.byteLength < need)
      this.#memory.entries.grow(Math.max(need, this.#memory.entries.byteLength * 2));
    const words = this.words;
    words.set(id, at);
    words[at + packWord] = claimedPack;
    words[at + lengthWord] = tree ? treeFlag : 0;
    const { start, size } = this.#segmentFor(entry);
    const buckets = this.#bucketView;
    let slot = (id[0] ?? 0) & (size - 1);
    while (buckets[start + slot] !== 0) slot = (slot + 1) & (size - 1);
    Atomics.store(buckets, start + slot, entry + 1);
    Atomics.store(this.#count, 0, entry + 1);
    return at;
  }

  /** Entries fill the segments one after another, so an entry's number says its segment. */
  #segmentFor(entry: number): { start: number; size: number } {
    let start = 0;
    let size = firstSegment;
    let before = 0;
    while (entry - before >= Math.floor(size * fullAt)) {
      before += Math.floor(size * fullAt);
      start += size;
      size *= 2;
    }
    const need = (start + size) * 4;
    if (this.#memory.buckets.byteLength < need) this.#memory.buckets.grow(need);
    return { start, size };
  }
}

const sameBlob = (words: Uint32Array, at: number, id: Uint32Array, tree: boolean): boolean => {
  for (let i = 0; i < 8; i += 1) if (words[at + i] !== id[i]) return false;
  return (((words[at + lengthWord] ?? 0) & treeFlag) !== 0) === tree;
};
