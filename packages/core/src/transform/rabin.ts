import { openRabinScanner } from './rabin-scanner.ts';
import { rabinTables } from './rabin-tables.ts';
import type { Scanner } from './scanner.ts';
import { maxBlobSize, type Chunker } from './transform.ts';

const min = 512 * 1024;
const max = maxBlobSize;
/** One place in 2^20 is a cut. */
const splitMask = 2 ** 20 - 1;

/** restic's own chunker, for a repository that restic has written to: what it stored is found again. `polynomial` as in its `config`. */
export const openRabin = (polynomial: string): Chunker => createRabin(openRabinScanner(rabinTables(polynomial)));

export const createRabin = (scanner: Scanner): Chunker => ({
  id: 'rabin',
  maxSize: max,
  cut(window, last) {
    if (!last && window.length < max) throw new TypeError(`a window has to hold ${max} bytes unless it is the last`);
    const end = Math.min(window.length, max);
    if (end <= min) return end;
    return scanner.find(window, { from: min, to: end }, splitMask) || end;
  },
  ...(scanner.buffer && { buffer: scanner.buffer }),
});
