/** The part of scrypt that costs: its lanes, each of which can be mixed alone (RFC 7914 §5 and §6), here for r = 8. */
import { assembleRomix, diagonals, laneBytes } from '../transform/wasm/romix-kernel.ts';
import { instantiate } from '../transform/wasm/webassembly.ts';

interface RomixExports {
  readonly romix: (lane: number, table: number, n: number) => void;
}

const pageBytes = 65_536;
const laneWords = laneBytes / 4;
const blockWords = 16;

/**
 * Mixes lanes of 1,024 bytes in place, one after another, with `n` (a power of two from 2 on) blocks of memory. False, and nothing done,
 * where there is no WebAssembly or not enough memory.
 */
export const mixLanes = (lanes: Uint8Array, n: number): boolean => {
  const instance = instantiate(assembleRomix);
  if (instance === undefined) return false;
  const { romix } = instance.exports as RomixExports;
  try {
    instance.memory.grow(Math.ceil((n * laneBytes) / pageBytes));
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
  const memory = new DataView(instance.memory.buffer);
  const view = new DataView(lanes.buffer, lanes.byteOffset, lanes.byteLength);
  for (let lane = 0; lane < lanes.byteLength; lane += laneBytes) {
    for (let word = 0; word < laneWords; word += 1)
      memory.setUint32(pageBytes + word * 4, view.getUint32(lane + placeOf(word), true), true);
    romix(0, pageBytes, n);
    for (let word = 0; word < laneWords; word += 1)
      view.setUint32(lane + placeOf(word), memory.getUint32(word * 4, true), true);
  }
  return true;
};

/** The byte at which the word stands in RFC 7914's order. */
const placeOf = (word: number): number => {
  const inBlock = word % blockWords;
  return (word - inBlock + (diagonals[inBlock] ?? 0)) * 4;
};
