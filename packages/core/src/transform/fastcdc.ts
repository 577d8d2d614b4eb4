import { createJsScanner } from './gear-scan-js.ts';
import { deriveGear, type GearScanner } from './gear.ts';
import { maxBlobSize, type Chunker } from './transform.ts';

/** Normalised chunking, level 2: a cut is four times rarer than the average before it, and four times likelier after it. */
const normalisation = 4;

/** FastCDC's constants for one average. They never change: equal data has to be cut equally for ever. */
export const fastcdcLimits = (average: number) => ({
  min: average >>> 2,
  average,
  max: Math.min(average * 8, maxBlobSize),
  rareThreshold: Math.floor(2 ** 32 / (average * normalisation)),
  likelyThreshold: Math.floor((2 ** 32 * normalisation) / average),
});

export const createFastCdc = (average: number, scanner: GearScanner): Chunker => {
  const { min, max, rareThreshold, likelyThreshold } = fastcdcLimits(average);
  return {
    id: 'fastcdc',
    maxSize: max,
    cut(window, last) {
      if (!last && window.length < max) throw new TypeError(`a window has to hold ${max} bytes`);
      const end = Math.min(window.length, max);
      if (end <= min) return end;
      const middle = Math.min(average, end);
      const early = scanner.find(window, { from: min, to: middle }, rareThreshold);
      if (early > 0) return early;
      if (middle === end) return end;
      return scanner.find(window, { from: middle + 1, to: end }, likelyThreshold) || end;
    },
  };
};

/** The chunker for chunks of `average` bytes with the secret `key` of 32 bytes. */
export const openFastCdc = (average: number, key: Uint8Array): Chunker =>
  createFastCdc(average, createJsScanner(deriveGear(key)));
