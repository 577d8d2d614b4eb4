import { deriveGear, openGearScanner } from './gear.ts';
import type { Scanner } from './scanner.ts';
import { maxBlobSize, type Chunker } from './transform.ts';

/** Normalised chunking, level 2: before the average a cut is 2^2 times rarer than one in `average`, after it 2^2 times likelier. */
const level = 2;

/**
 * FastCDC's constants for one average (64 KiB to 4 MiB); `docs/adr/0002-fastcdc-keyed-gear.md` says why. They never change: what was
 * cut once has to be cut in the same way for ever.
 */
export const fastcdcConstants = (average: number) => ({
  min: Math.floor(average / 2),
  max: Math.min(average * 8, maxBlobSize),
  rareBound: Math.floor(2 ** (32 - level) / average),
  likelyBound: Math.floor(2 ** (32 + level) / average),
});

/** The chunker for chunks of `average` bytes with a secret `key` of 32 bytes. */
export const openFastCdc = (average: number, key: Uint8Array): Chunker =>
  createFastCdc(average, openGearScanner(deriveGear(key)));

export const createFastCdc = (average: number, scanner: Scanner): Chunker => {
  const { min, max, rareBound, likelyBound } = fastcdcConstants(average);
  return {
    id: 'fastcdc',
    maxSize: max,
    cut(window, last) {
      if (!last && window.length < max) throw new TypeError(`a window has to hold ${max} bytes unless it is the last`);
      const end = Math.min(window.length, max);
      if (end <= min) return end;
      const middle = Math.min(average, end);
      const early = scanner.find(window, { from: min, to: middle }, rareBound);
      if (early > 0) return early;
      return scanner.find(window, { from: middle + 1, to: end }, likelyBound) || end;
    },
    ...(scanner.buffer && { buffer: scanner.buffer }),
  };
};
