import { compressedFlag, entryWords, furtherFlag, lengthWord, packWord, treeFlag } from './blob-entry.ts';

/** The blobs of the index files, sorted by id (and data before tree), each once; further copies of the same blob stand beside them. */
export interface SortedBlobs {
  readonly entries: SharedArrayBuffer;
  readonly count: number;
  readonly further: SharedArrayBuffer;
  readonly furtherCount: number;
}

/** The entry's number, or -1. The ids are hashes, so interpolation by the first word lands within a few entries. */
export const findSorted = (sorted: SortedBlobs, words: Uint32Array, id: Uint32Array, tree: boolean): number => {
  const key = id[0] ?? 0;
  let low = 0;
  let high = sorted.count - 1;
  while (low <= high) {
    const first = words[low * entryWords] ?? 0;
    const last = words[high * entryWords] ?? 0;
    if (key < first || key > last) return -1;
    const guess = last === first ? low : low + Math.floor(((key - first) / (last - first)) * (high - low));
    const order = compare(words, guess * entryWords, id, tree);
    if (order === 0) return guess;
    if (order < 0) low = guess + 1;
    else high = guess - 1;
  }
  return -1;
};

const compare = (words: Uint32Array, at: number, id: Uint32Array, tree: boolean): number => {
  for (let i = 0; i < 8; i += 1) {
    const a = words[at + i] ?? 0;
    const b = id[i] ?? 0;
    if (a !== b) return a < b ? -1 : 1;
  }
  const isTree = ((words[at + lengthWord] ?? 0) & treeFlag) !== 0;
  return isTree === tree ? 0 : isTree ? 1 : -1;
};

/** Collects places in any order and sorts them once. */
export class SortedBlobsBuilder {
  /** Of the blob that is being added. */
  readonly #id = new Uint32Array(8);
  readonly #idBytes = Buffer.from(this.#id.buffer);
  #words = new Uint32Array(1024 * entryWords);
  #count = 0;

  add(
    idHex: string,
    tree: boolean,
    place: { pack: number; offset: number; length: number; compressed: boolean },
  ): void {
    const at = this.#count * entryWords;
    if (at + entryWords > this.#words.length) {
      const larger = new Uint32Array(this.#words.length * 2);
      larger.set(this.#words);
      this.#words = larger;
    }
    const words = this.#words;
    this.#idBytes.write(idHex, 'hex');
    words.set(this.#id, at);
    words[at + packWord] = place.pack;
    words[at + packWord + 1] = place.offset;
    words[at + lengthWord] = (place.length | (place.compressed ? compressedFlag : 0) | (tree ? treeFlag : 0)) >>> 0;
    this.#count += 1;
  }

  build(): SortedBlobs {
    const order = sortedOrder(this.#words, this.#count);
    const entries = new SharedArrayBuffer(Math.max(1, this.#count) * entryWords * 4);
    const target = new Uint32Array(entries);
    const further: number[] = [];
    let count = 0;
    for (const from of order) {
      const at = from * entryWords;
      const previous = (count - 1) * entryWords;
      if (count > 0 && sameKey(target, previous, this.#words, at)) {
        target[previous + packWord] = ((target[previous + packWord] ?? 0) | furtherFlag) >>> 0;
        further.push(count - 1, this.#words[at + 8] ?? 0, this.#words[at + 9] ?? 0, this.#words[at + 10] ?? 0);
        continue;
      }
      target.set(this.#words.subarray(at, at + entryWords), count * entryWords);
      count += 1;
    }
    const furtherMemory = new SharedArrayBuffer(Math.max(16, further.length * 4));
    new Uint32Array(furtherMemory).set(further);
    this.#words = new Uint32Array(0);
    return { entries, count, further: furtherMemory, furtherCount: further.length / 4 };
  }
}

const sameKey = (a: Uint32Array, atA: number, b: Uint32Array, atB: number): boolean => {
  for (let i = 0; i < 8; i += 1) if (a[atA + i] !== b[atB + i]) return false;
  return (((a[atA + lengthWord] ?? 0) ^ (b[atB + lengthWord] ?? 0)) & treeFlag) === 0;
};

/** Entry numbers in order: a counting sort by the first 16 bits, then each small group by comparison. */
const sortedOrder = (words: Uint32Array, count: number): Uint32Array => {
  const starts = new Uint32Array(65_537);
  for (let i = 0; i < count; i += 1) starts[((words[i * entryWords] ?? 0) >>> 16) + 1]! += 1;
  for (let i = 0; i < 65_536; i += 1) starts[i + 1]! += starts[i] ?? 0;
  const next = starts.slice();
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) {
    const group = (words[i * entryWords] ?? 0) >>> 16;
    order[next[group]!++] = i;
  }
  const byEntry = (a: number, b: number): number => compareEntries(words, a * entryWords, b * entryWords) || a - b;
  for (let i = 0; i < 65_536; i += 1) {
    const from = starts[i] ?? 0;
    const to = starts[i + 1] ?? 0;
    if (to - from > 1) order.subarray(from, to).sort(byEntry);
  }
  return order;
};

const compareEntries = (words: Uint32Array, a: number, b: number): number => {
  for (let i = 0; i < 8; i += 1) {
    const x = words[a + i] ?? 0;
    const y = words[b + i] ?? 0;
    if (x !== y) return x < y ? -1 : 1;
  }
  return ((words[a + lengthWord] ?? 0) >>> 31) - ((words[b + lengthWord] ?? 0) >>> 31);
};
