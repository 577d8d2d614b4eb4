import { entryWords, furtherFlag, lengthWord, offsetWord, packWord, treeFlag } from './blob-entry.ts';
import { growable, growTo } from './growable.ts';
import { mergeEntries, sortEntries } from './sort-entries.ts';

/** The blobs of the index files, sorted by id (and data before tree), each once; further copies of the same blob stand beside them. */
export interface SortedBlobs {
  /** May have some room at its end. */
  readonly entries: SharedArrayBuffer;
  readonly count: number;
  readonly further: SharedArrayBuffer;
  readonly furtherCount: number;
}

/** Of a further copy: the number of the entry that it stands beside, then the pack, the offset and the length with its flags. */
export const furtherWords = 4;

/** Of a fixed length, though the buffer was made to grow: such a view is as fast as any. */
export const wordsOf = ({ entries, count }: SortedBlobs): Uint32Array =>
  new Uint32Array(entries, 0, count * entryWords);

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

/** Room for 97 million blobs; what is not used costs addresses and no memory. */
const mostBytes = 2 ** 32;
const growBy = 256 * 1024;

/** Collects entries in any order and sorts them once, in the memory in which they stay: there is never a second copy of them. */
export class SortedBlobsBuilder {
  readonly #entries = growable(growBy, mostBytes);
  #words = new Uint32Array(this.#entries, 0, growBy / 4);
  #count = 0;
  /** So many come out of what was built before, and the copies that stand beside those. */
  #built = 0;
  #further: Uint32Array = new Uint32Array();

  /** Begins with `count` entries as `build` left them, and with what it left beside them: room for the entries, to be filled. Before any other. */
  begin(count: number, further: Uint32Array): Uint8Array {
    const bytes = count * entryWords * 4;
    this.#makeRoom(bytes);
    this.#count = count;
    this.#built = count;
    this.#further = further;
    return new Uint8Array(this.#entries, 0, bytes);
  }

  /** The blobs of one pack: `words` as in `IndexEntries`. */
  add(words: Uint32Array, pack: number): void {
    const at = this.#count * entryWords;
    this.#makeRoom((at + words.length) * 4);
    this.#words.set(words, at);
    this.#count += words.length / entryWords;
    for (let i = at + packWord; i < at + words.length; i += entryWords) this.#words[i] = pack;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#words.byteLength) return;
    const larger = Math.ceil(bytes / growBy) * growBy;
    growTo(this.#entries, bytes, larger);
    this.#words = new Uint32Array(this.#entries, 0, this.#entries.byteLength >>> 2);
  }

  build(): SortedBlobs {
    if (this.#built > 0 && this.#built === this.#count) return this.#sorted(this.#count, this.#further);
    this.#spread();
    const words = this.#words;
    if (this.#built > 0) mergeEntries(words, this.#built, this.#count);
    else sortEntries(words, this.#count);
    const further: number[] = [];
    let count = 0;
    for (let from = 0; from < this.#count; from += 1) {
      const at = from * entryWords;
      const previous = (count - 1) * entryWords;
      // Nearly all differ in their first word: a look at it is less than a call.
      if (count > 0 && words[previous] === words[at] && isSameBlob(words, previous, at)) {
        words[previous + packWord] = ((words[previous + packWord] ?? 0) | furtherFlag) >>> 0;
        further.push(count - 1, words[at + 8] ?? 0, words[at + 9] ?? 0, words[at + 10] ?? 0);
        continue;
      }
      if (count < from) words.copyWithin(count * entryWords, at, at + entryWords);
      count += 1;
    }
    return this.#sorted(count, further);
  }

  /** Copies that stand beside entries become entries again. */
  #spread(): void {
    const further = this.#further;
    for (let at = 0; at < further.length; at += furtherWords) {
      const first = (further[at] ?? 0) * entryWords;
      const copy = this.#words.slice(first, first + entryWords);
      this.#words[first + packWord] = ((this.#words[first + packWord] ?? 0) & ~furtherFlag) >>> 0;
      copy.set(further.subarray(at + 2, at + furtherWords), offsetWord);
      this.add(copy, further[at + 1] ?? 0);
    }
  }

  #sorted(count: number, further: ArrayLike<number>): SortedBlobs {
    const memory = new SharedArrayBuffer(Math.max(16, further.length * 4));
    new Uint32Array(memory).set(further);
    return { entries: this.#entries, count, further: memory, furtherCount: further.length / furtherWords };
  }
}

const isSameBlob = (words: Uint32Array, a: number, b: number): boolean => {
  for (let i = 0; i < 8; i += 1) if (words[a + i] !== words[b + i]) return false;
  return (((words[a + lengthWord] ?? 0) ^ (words[b + lengthWord] ?? 0)) & treeFlag) === 0;
};
