import { claimedPack, entryWords, lengthWord, packWord, treeFlag } from './blob-entry.ts';
import { growable, growTo } from './growable.ts';

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
    this.#words = viewOf(memory.entries);
    this.#buckets = viewOf(memory.buckets);
  }

  static memory(): DynamicMemory {
    return {
      entries: growable(firstSegment * entryWords, mostEntries * entryWords * 4),
      buckets: growable(firstSegment * 4, 2 ** 30),
      count: new SharedArrayBuffer(4),
    };
  }

  /** Of all entries that are there. */
  get words(): Uint32Array {
    return this.#wordsUpTo(this.count * entryWords);
  }

  get count(): number {
    return Atomics.load(this.#count, 0);
  }

  #wordsUpTo(end: number): Uint32Array {
    if (this.#words.length < end) this.#words = viewOf(this.#memory.entries);
    return this.#words;
  }

  #bucketsUpTo(end: number): Uint32Array {
    if (this.#buckets.length < end) this.#buckets = viewOf(this.#memory.buckets);
    return this.#buckets;
  }

  /** The first word of the entry in `words`, or -1. */
  find(id: Uint32Array, tree: boolean): number {
    const { count } = this;
    // Entries fill the segments one after another: those after the last entry's are empty.
    for (
      let start = 0, size = firstSegment, before = 0;
      before < count;
      start += size, before += fill(size), size *= 2
    ) {
      const buckets = this.#bucketsUpTo(start + size);
      const words = this.#wordsUpTo(count * entryWords);
      for (let slot = (id[0] ?? 0) & (size - 1); ; slot = (slot + 1) & (size - 1)) {
        const entry = Atomics.load(buckets, start + slot);
        if (entry === 0) break;
        const at = (entry - 1) * entryWords;
        if (sameBlob(words, at, id, tree)) return at;
      }
    }
    return -1;
  }

  /** A claimed entry for a blob that is not there yet; under the table's lock. */
  insert(id: Uint32Array, tree: boolean): number {
    const entry = this.#count[0] ?? 0;
    const at = entry * entryWords;
    const need = (at + entryWords) * 4;
    growTo(this.#memory.entries, need, this.#memory.entries.byteLength * 2);
    const words = this.#wordsUpTo(at + entryWords);
    words.set(id, at);
    words[at + packWord] = claimedPack;
    words[at + lengthWord] = tree ? treeFlag : 0;
    const { start, size } = this.#segmentFor(entry);
    const buckets = this.#bucketsUpTo(start + size);
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
    while (entry - before >= fill(size)) {
      before += fill(size);
      start += size;
      size *= 2;
    }
    const need = (start + size) * 4;
    growTo(this.#memory.buckets, need, need);
    return { start, size };
  }
}

/** How many entries a segment of so many buckets takes. */
const fill = (size: number): number => Math.floor(size * fullAt);

/** As long as the memory is now: a view that grew with it would be slow to ask for its length, and for its elements. */
const viewOf = (memory: SharedArrayBuffer): Uint32Array => new Uint32Array(memory, 0, memory.byteLength >>> 2);

const sameBlob = (words: Uint32Array, at: number, id: Uint32Array, tree: boolean): boolean => {
  for (let i = 0; i < 8; i += 1) if (words[at + i] !== id[i]) return false;
  return (((words[at + lengthWord] ?? 0) & treeFlag) !== 0) === tree;
};
