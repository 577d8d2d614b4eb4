import type { IndexPack } from '../repository/index-file.ts';
import { packSizeOf } from '../repository/pack.ts';
import { compressedFlag, entryWords, lengthWord, offsetWord, treeFlag } from './blob-entry.ts';

/** The packs of an index file with their blobs as they stand in the table, the number of the pack left open. */
export interface IndexEntries {
  readonly packs: readonly EntriesOfPack[];
  /** `entryWords` for each blob. */
  readonly words: Uint32Array;
}

/** A pack, and which of the entries are its blobs. */
export interface EntriesOfPack {
  readonly id: string;
  /** Header included. */
  readonly size: number;
  readonly first: number;
  readonly count: number;
}

/** Of packs that are decoded already. */
export const entriesOfPacks = (packs: readonly IndexPack[]): IndexEntries => {
  const words = new Uint32Array(packs.reduce((sum, { blobs }) => sum + blobs.length, 0) * entryWords);
  const bytes = Buffer.from(words.buffer);
  let entry = 0;
  const entries = packs.map((pack): EntriesOfPack => {
    const first = entry;
    for (const { id, type, offset, length, uncompressedLength } of pack.blobs) {
      const at = entry * entryWords;
      bytes.write(id, at * 4, 'hex');
      words[at + offsetWord] = offset;
      words[at + lengthWord] = lengthWordOf(length, uncompressedLength !== undefined, type === 'tree');
      entry += 1;
    }
    return { id: pack.id, size: packSizeOf(pack.blobs), first, count: entry - first };
  });
  return { packs: entries, words };
};

export const lengthWordOf = (length: number, compressed: boolean, tree: boolean): number =>
  (length | (compressed ? compressedFlag : 0) | (tree ? treeFlag : 0)) >>> 0;
