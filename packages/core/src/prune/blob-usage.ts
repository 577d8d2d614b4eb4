/** Which blobs of one replica's index are needed, and in which pack each of them stays: a byte and four more for each blob. */
import { entryWords, furtherFlag, lengthWord, packWord, treeFlag } from '../engine/blob-entry.ts';
import { furtherPlaces, placeAt, type Place } from '../engine/blob-table.ts';
import { idWordsFromHex } from '../engine/ids.ts';
import { findSorted, type SortedBlobs, wordsOf } from '../engine/sorted-blobs.ts';

const nowhere = 0xffff_ffff;

export class BlobUsage {
  readonly #sorted: SortedBlobs;
  readonly #words: Uint32Array;
  readonly #used: Uint8Array;
  readonly #home: Uint32Array;

  /** Over an index to which nothing was added since it was loaded. */
  constructor(sorted: SortedBlobs) {
    this.#sorted = sorted;
    this.#words = wordsOf(sorted);
    this.#used = new Uint8Array(sorted.count);
    this.#home = new Uint32Array(sorted.count).fill(nowhere);
  }

  /** Notes that a snapshot needs it. `missing`: the index names no such blob. */
  mark(id: string, tree: boolean): 'new' | 'known' | 'missing' {
    const entry = this.#find(id, tree);
    if (entry < 0) return 'missing';
    if (this.#used[entry] === 1) return 'known';
    this.#used[entry] = 1;
    return 'new';
  }

  #find(id: string, tree: boolean): number {
    return findSorted(this.#sorted, this.#words, idWordsFromHex(id), tree);
  }

  /** Every blob once, with its copies. */
  *blobs(): Generator<{
    readonly entry: number;
    readonly used: boolean;
    readonly tree: boolean;
    readonly places: Place[];
  }> {
    for (let entry = 0; entry < this.#sorted.count; entry += 1) {
      const at = entry * entryWords;
      const places = [placeAt(this.#words, at)];
      if (((this.#words[at + packWord] ?? 0) & furtherFlag) !== 0) places.push(...furtherPlaces(this.#sorted, entry));
      const tree = ((this.#words[at + lengthWord] ?? 0) & treeFlag) !== 0;
      yield { entry, used: this.#used[entry] === 1, tree, places };
    }
  }

  /** Says which copy of a needed blob is the one that stays. */
  settle(entry: number, pack: number): void {
    this.#home[entry] = pack;
  }

  /** Whether this copy has to be carried over when its pack goes. True once: a pack may hold a blob twice. */
  takeFrom(pack: number, id: string, tree: boolean): boolean {
    const entry = this.#find(id, tree);
    if (entry < 0 || this.#home[entry] !== pack) return false;
    this.#home[entry] = nowhere;
    return true;
  }
}
