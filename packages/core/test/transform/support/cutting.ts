import { seededBytes } from '../../kit/seeded-bytes.ts';
import type { Chunker } from '../../../src/transform/transform.ts';

/** Chunk lengths of `data` that stands whole in memory. */
export const cutWhole = (chunker: Chunker, data: Uint8Array): number[] => {
  const lengths: number[] = [];
  for (let start = 0; start < data.length; start += lengths.at(-1) ?? 0)
    lengths.push(chunker.cut(data.subarray(start), true));
  return lengths;
};

/** Chunk lengths of data that comes in `pieces`, by windows that hold no more than the contract asks for when they are cut. */
export const cutPieces = (chunker: Chunker, pieces: readonly Uint8Array[], window: Uint8Array): number[] => {
  const lengths: number[] = [];
  let [start, end] = [0, 0];
  const cut = (last: boolean): void => {
    const length = chunker.cut(window.subarray(start, end), last);
    lengths.push(length);
    start += length;
  };
  for (const piece of pieces) {
    if (end + piece.length > window.length) {
      window.copyWithin(0, start, end);
      [start, end] = [0, end - start];
    }
    window.set(piece, end);
    end += piece.length;
    while (end - start >= chunker.maxSize) cut(false);
  }
  while (start < end) cut(true);
  return lengths;
};

/** Stretches of noise, of one byte, of a short period and of words, as files have them. */
export const mixedBytes = (seed: number, length: number): Uint8Array => {
  const data = seededBytes(seed, length);
  const choices = seededBytes(seed + 1, 4096);
  const words = new TextEncoder().encode('the quick brown fox jumps over the lazy dog and is not seen again. ');
  for (let at = 0, turn = 0; at < length; turn++) {
    const size = 1 + (((choices[turn % 4096] ?? 0) * 65_537 + turn * 911) % 900_000);
    const stretch = data.subarray(at, at + size);
    const kind = turn % 5;
    if (kind === 1) stretch.fill(0);
    if (kind === 2) stretch.forEach((_, i) => (stretch[i] = words[(i * (turn + 1)) % words.length] ?? 0));
    if (kind === 3) stretch.forEach((_, i) => (stretch[i] = (i % 512 < 200 ? i : turn) & 0xff));
    at += size;
  }
  return data;
};

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
