import { seededInteger, seededRandom } from '@triplicate/core/testing';
import { describe, expect, it } from 'vitest';
import { entryWords, lengthWord, offsetWord, packWord, treeFlag } from '../../src/engine/blob-entry.ts';
import { sortEntries } from '../../src/engine/sort-entries.ts';

/** Entries whose ids begin with one of so many words: several blobs with a first word in common, and one blob in several packs. */
const entriesOf = (count: number, firstWords: number): Uint32Array => {
  const random = seededRandom(count + firstWords);
  const words = new Uint32Array(new SharedArrayBuffer(count * entryWords * 4));
  const firsts = Array.from({ length: firstWords }, () => seededInteger(random, 0, 2 ** 32 - 1));
  for (let at = 0; at < words.length; at += entryWords) {
    words[at] = firsts[seededInteger(random, 0, firstWords - 1)] ?? 0;
    words[at + 7] = seededInteger(random, 0, 2);
    words[at + packWord] = seededInteger(random, 0, 3);
    words[at + offsetWord] = seededInteger(random, 0, 2 ** 32 - 1);
    words[at + lengthWord] = (seededInteger(random, 0, 1) === 0 ? treeFlag : 0) + 100;
  }
  return words;
};

const rowsOf = (words: Uint32Array): number[][] =>
  Array.from({ length: words.length / entryWords }, (_, i) => [
    ...words.subarray(i * entryWords, (i + 1) * entryWords),
  ]);

/** By id, then data before tree, then by pack and offset. */
const order = (a: readonly number[], b: readonly number[]): number => {
  const isTree = (row: readonly number[]): number => ((row[lengthWord] ?? 0) >= treeFlag ? 1 : 0);
  const keyOf = (row: readonly number[]): number[] => [...row.slice(0, 8), isTree(row), ...row.slice(packWord)];
  const [left, right] = [keyOf(a), keyOf(b)];
  const at = left.findIndex((word, i) => word !== right[i]);
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
};

describe('sorting entries', () => {
  it.each([
    { count: 0, firstWords: 1 },
    { count: 1, firstWords: 1 },
    { count: 3000, firstWords: 1 },
    { count: 3000, firstWords: 900 },
    { count: 5000, firstWords: 100_000 },
    { count: 2 ** 16, firstWords: 30_000 },
    { count: 2 ** 16 + 1, firstWords: 30_000 },
  ])('orders $count entries that begin with one of $firstWords words', ({ count, firstWords }) => {
    const words = entriesOf(count, firstWords);
    const expected = Uint32Array.from(rowsOf(words).toSorted(order).flat());
    sortEntries(words, count);
    expect(Buffer.from(words.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
  });

  it('leaves what stands behind them', () => {
    const words = entriesOf(100, 10);
    const behind = rowsOf(words).slice(50);
    sortEntries(words, 50);
    expect(rowsOf(words).slice(50)).toEqual(behind);
  });
});
