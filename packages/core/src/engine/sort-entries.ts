import { entryWords, lengthWord, offsetWord, packWord } from './blob-entry.ts';

/** So many groups at once that the place where each goes on stays in the processor's cache. */
const mostBits = 10;
/** From so few entries on they are compared. */
const few = 12;

/**
 * Up to so many are put in order by the engine's own sort, and moved once: our loops run once in a program, and would end before they are compiled.
 * Beyond that a second copy of the entries would be large.
 */
const mostByKeys = 2 ** 16;

/** Sorts entries where they stand: by id, then data before tree, then by pack and offset. */
export const sortEntries = (words: Uint32Array, count: number): void => {
  if (count <= mostByKeys) sortByKeys(words, count);
  else sortRange(words, 0, count, 32);
};

/**
 * Entries of which the first `head` are in order: the others are sorted, and each is put where it belongs. For few others, of which there is a copy for
 * that while.
 */
export const mergeEntries = (words: Uint32Array, head: number, count: number): void => {
  const others = words.slice(head * entryWords, count * entryWords);
  sortEntries(others, count - head);
  let end = head;
  for (let left = count - head; left > 0; left -= 1) {
    const other = others.subarray((left - 1) * entryWords, left * entryWords);
    const at = placeOf(words, end, other);
    // All of these have `left` others before them.
    words.copyWithin((at + left) * entryWords, at * entryWords, end * entryWords);
    words.set(other, (at + left - 1) * entryWords);
    end = at;
  }
};

/** How many of the first `end` entries stand before this one. */
const placeOf = (words: Uint32Array, end: number, entry: Uint32Array): number => {
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(entry, 0, words, middle * entryWords)) high = middle;
    else low = middle + 1;
  }
  return low;
};

/** By the first word, with the place of each entry in the bits behind it; then those that have it in common. */
const sortByKeys = (words: Uint32Array, count: number): void => {
  const keys = new Float64Array(count);
  for (let i = 0; i < count; i += 1) keys[i] = (words[i * entryWords] ?? 0) * mostByKeys + i;
  keys.sort();
  const before = words.slice(0, count * entryWords);
  let first = 0;
  for (let i = 0; i < count; i += 1) {
    const from = ((keys[i] ?? 0) % mostByKeys) * entryWords;
    words.set(before.subarray(from, from + entryWords), i * entryWords);
    if (words[i * entryWords] === words[first * entryWords]) continue;
    if (i - first > 1) compareAll(words, first, i);
    first = i;
  }
  if (count - first > 1) compareAll(words, first, count);
};

/** A radix sort by the first word, of which `bits` are left: each entry is exchanged into its group, then each group is sorted. */
// oxlint-disable-next-line max-params -- the hot path of opening: no object for each of very many groups
const sortRange = (words: Uint32Array, start: number, end: number, bits: number): void => {
  if (end - start <= few || bits === 0) {
    compareAll(words, start, end);
    return;
  }
  const shift = bits - Math.min(bits, mostBits, Math.ceil(Math.log2((end - start) / 2)));
  const mask = 2 ** (bits - shift) - 1;
  const ends = new Uint32Array(mask + 1);
  for (let i = start; i < end; i += 1) ends[((words[i * entryWords] ?? 0) >>> shift) & mask]! += 1;
  const next = new Uint32Array(mask + 1);
  for (let group = 0, at = start; group <= mask; group += 1) {
    next[group] = at;
    at += ends[group] ?? 0;
    ends[group] = at;
  }
  for (let group = 0, from = start; group <= mask; group += 1) {
    const to = ends[group] ?? 0;
    for (let entry = next[group] ?? 0; entry < to; entry = next[group] ?? 0) {
      const own = ((words[entry * entryWords] ?? 0) >>> shift) & mask;
      const home = next[own] ?? 0;
      next[own] = home + 1;
      if (home !== entry) exchange(words, entry * entryWords, home * entryWords);
    }
    if (to - from > 1) sortRange(words, from, to, shift);
    from = to;
  }
};

const gaps = [1_391_376, 463_792, 154_597, 51_532, 17_177, 5725, 1908, 636, 212, 71, 24, 8, 3, 1];

/** Shell's sort: next to nothing for a few entries, and bearable where a blob stands in very many packs. */
const compareAll = (words: Uint32Array, start: number, end: number): void => {
  for (const gap of gaps) {
    if (gap >= end - start) continue;
    for (let i = start + gap; i < end; i += 1) {
      for (let j = i; j - gap >= start && isBefore(words, j * entryWords, words, (j - gap) * entryWords); j -= gap) {
        exchange(words, j * entryWords, (j - gap) * entryWords);
      }
    }
  }
};

const exchange = (words: Uint32Array, a: number, b: number): void => {
  for (let i = 0; i < entryWords; i += 1) {
    const word = words[a + i] ?? 0;
    words[a + i] = words[b + i] ?? 0;
    words[b + i] = word;
  }
};

// oxlint-disable-next-line max-params -- two entries, and where they stand
const isBefore = (one: Uint32Array, a: number, other: Uint32Array, b: number): boolean => {
  for (let i = 0; i < 8; i += 1) {
    const x = one[a + i] ?? 0;
    const y = other[b + i] ?? 0;
    if (x !== y) return x < y;
  }
  const kind = ((one[a + lengthWord] ?? 0) >>> 31) - ((other[b + lengthWord] ?? 0) >>> 31);
  if (kind !== 0) return kind < 0;
  const pack = (one[a + packWord] ?? 0) - (other[b + packWord] ?? 0);
  return pack === 0 ? (one[a + offsetWord] ?? 0) < (other[b + offsetWord] ?? 0) : pack < 0;
};
