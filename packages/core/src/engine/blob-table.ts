/**
 * The index of a repository as every thread sees it: where each blob stands, and which replicas have it. One set of shared buffers:
 * a sorted part, built once from the index files (44 bytes a blob, looked up by interpolation), and a dynamic part for what this run
 * adds (hashed). Readers take no lock; writers do. A blob's replicas are those of its pack, so presence costs bits per pack, not per blob.
 */
import { lock, unlock } from './spin-lock.ts';
import { PackTable, type PackTableMemory } from './pack-table.ts';
import {
  claimedPack,
  compressedFlag,
  entryWords,
  furtherFlag,
  lengthMask,
  lengthWord,
  offsetWord,
  packWord,
  treeFlag,
} from './blob-entry.ts';
import { DynamicBlobs, type DynamicMemory } from './dynamic-blobs.ts';
import { findSorted, type SortedBlobs, wordsOf } from './sorted-blobs.ts';

export interface BlobTableMemory {
  readonly sorted: SortedBlobs;
  readonly dynamic: DynamicMemory;
  readonly packs: PackTableMemory;
  readonly control: SharedArrayBuffer;
}

/** One copy of a blob. */
export interface Place {
  readonly pack: number;
  readonly offset: number;
  /** Sealed. */
  readonly length: number;
  readonly compressed: boolean;
}

/** A pack's number, without `furtherFlag`. */
const packMask = 0x7fff_ffff;

/** What a lane that writes must have, and what it may owe: two masks of replicas, changed by the main thread as lanes come and go. */
const activeMask = 1;
const siblingMask = 2;

export class BlobTable {
  readonly packs: PackTable;
  readonly #sorted: SortedBlobs;
  readonly #words: Uint32Array;
  readonly #dynamic: DynamicBlobs;
  readonly #control: Int32Array;
  readonly #found: number[] = [];

  constructor(memory: BlobTableMemory) {
    this.packs = new PackTable(memory.packs);
    this.#sorted = memory.sorted;
    this.#words = wordsOf(memory.sorted);
    this.#dynamic = new DynamicBlobs(memory.dynamic);
    this.#control = new Int32Array(memory.control);
  }

  static control(): SharedArrayBuffer {
    return new SharedArrayBuffer(16);
  }

  /** Which replicas are written in this run, and which of them others may catch up from. */
  setMasks(active: number, siblings: number): void {
    Atomics.store(this.#control, activeMask, active);
    Atomics.store(this.#control, siblingMask, siblings);
  }

  get active(): number {
    return Atomics.load(this.#control, activeMask);
  }

  /** How many different blobs are listed. */
  get count(): number {
    return this.#sorted.count + this.#dynamic.count;
  }

  /**
   * The replicas (of those written in this run) that a blob has to be sealed for; 0 when it is known. Where a sibling has it and another
   * replica does not, the pack is noted as owed to that one and the blob counts as known.
   */
  neededBy(id: Uint32Array, tree: boolean): number {
    return this.#neededBy(id, tree, 0);
  }

  /**
   * The same for a blob that nobody can read from the source again: it counts as known when any replica of this run has it. Where only
   * such have it that others may not catch up from, they are owed it all the same, and are behind until a sync.
   */
  lostTo(id: Uint32Array, tree: boolean): number {
    return this.#neededBy(id, tree, this.active);
  }

  /** `asLastResort`: replicas whose packs are owed to others only where no sibling has the blob. */
  #neededBy(id: Uint32Array, tree: boolean, asLastResort: number): number {
    const { active } = this;
    const siblings = Atomics.load(this.#control, siblingMask);
    let have = 0;
    let owedFrom = -1;
    let resort = -1;
    for (const pack of this.#packsOf(id, tree)) {
      if (pack === claimedPack) return 0;
      have |= this.packs.promised(pack);
      const presence = this.packs.presence(pack);
      if ((presence & siblings) !== 0) owedFrom = pack;
      else if ((presence & asLastResort) !== 0) resort = pack;
    }
    if (owedFrom < 0) owedFrom = resort;
    const lacking = active & ~have;
    if (lacking === 0 || owedFrom < 0) return lacking;
    this.packs.owe(owedFrom, lacking);
    return 0;
  }

  /** The packs of `#known`, until the next call; every file that did not change asks for them, and every blob of a pack that is copied. */
  #packsOf(id: Uint32Array, tree: boolean): readonly number[] {
    const packs = this.#found;
    packs.length = 0;
    const found = this.#dynamic.count === 0 ? -1 : this.#dynamic.find(id, tree);
    if (found >= 0) packs.push((this.#dynamic.words[found + packWord] ?? 0) & packMask);
    const entry = findSorted(this.#sorted, this.#words, id, tree);
    if (entry < 0) return packs;
    const word = this.#words[entry * entryWords + packWord] ?? 0;
    packs.push(word & packMask);
    if ((word & furtherFlag) !== 0) for (const { pack } of furtherPlaces(this.#sorted, entry)) packs.push(pack);
    return packs;
  }

  /** Makes `id` this thread's to seal; false when another thread was first. */
  claim(id: Uint32Array, tree: boolean): boolean {
    lock(this.#control, 0);
    try {
      const found = this.#dynamic.find(id, tree);
      if (found >= 0) {
        if (this.neededBy(id, tree) === 0) return false;
        this.#dynamic.words[found + packWord] = claimedPack;
        return true;
      }
      this.#dynamic.insert(id, tree);
      return true;
    } finally {
      unlock(this.#control, 0);
    }
  }

  /** Says where a claimed blob was sealed. */
  settle(id: Uint32Array, tree: boolean, place: Place): void {
    const entry = this.#dynamic.find(id, tree);
    const words = this.#dynamic.words;
    words[entry + offsetWord] = place.offset;
    words[entry + lengthWord] = (place.length | (place.compressed ? compressedFlag : 0) | (tree ? treeFlag : 0)) >>> 0;
    Atomics.store(words, entry + packWord, place.pack);
  }

  /** Adds a place that was found or made outside a worker, e.g. a pack copied or adopted; main thread only. */
  add(id: Uint32Array, tree: boolean, place: Place): void {
    lock(this.#control, 0);
    try {
      if (this.#dynamic.find(id, tree) < 0) this.#dynamic.insert(id, tree);
      this.settle(id, tree, place);
    } finally {
      unlock(this.#control, 0);
    }
  }

  /** Every copy of a blob that a pack has, those of this run first. */
  places(id: Uint32Array, tree: boolean): Place[] {
    const places: Place[] = [];
    const found = this.#dynamic.count === 0 ? -1 : this.#dynamic.find(id, tree);
    if (found >= 0) {
      const own = placeAt(this.#dynamic.words, found);
      if (own.pack !== claimedPack) places.push(own);
    }
    const entry = findSorted(this.#sorted, this.#words, id, tree);
    if (entry < 0) return places;
    places.push(placeAt(this.#words, entry * entryWords));
    if (((this.#words[entry * entryWords + packWord] ?? 0) & furtherFlag) !== 0)
      places.push(...furtherPlaces(this.#sorted, entry));
    return places;
  }

  /** The replicas whose index lists the blob. */
  presence(id: Uint32Array, tree: boolean): number {
    let mask = 0;
    for (const pack of this.#packsOf(id, tree)) if (pack !== claimedPack) mask |= this.packs.presence(pack);
    return mask;
  }
}

export const placeAt = (words: Uint32Array, at: number): Place => {
  const length = words[at + lengthWord] ?? 0;
  return {
    pack: (words[at + packWord] ?? 0) & packMask,
    offset: words[at + offsetWord] ?? 0,
    length: length & lengthMask,
    compressed: (length & compressedFlag) !== 0,
  };
};

/** The further places of a sorted entry: records of four words (entry, pack, offset, length), sorted by entry. */
export function* furtherPlaces(sorted: SortedBlobs, entry: number): Generator<Place> {
  const words = new Uint32Array(sorted.further);
  let low = 0;
  let high = sorted.furtherCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((words[middle * 4] ?? 0) < entry) low = middle + 1;
    else high = middle;
  }
  for (let i = low; i < sorted.furtherCount && words[i * 4] === entry; i += 1) {
    const length = words[i * 4 + 3] ?? 0;
    yield {
      pack: words[i * 4 + 1] ?? 0,
      offset: words[i * 4 + 2] ?? 0,
      length: length & lengthMask,
      compressed: (length & compressedFlag) !== 0,
    };
  }
}
