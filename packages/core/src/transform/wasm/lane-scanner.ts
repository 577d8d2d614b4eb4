import type { Scanner, ScanRange } from '../scanner.ts';
import { laneLength, lanes, type Kernel } from './lane-kernel.ts';
import { instantiate } from './webassembly.ts';

const pageLength = 65_536;
const blockLength = lanes * laneLength;
/** Memory: tables, then room for a block and its history, then what `buffer` gives away. */
const stagingAt = 4096;
const bufferAt = pageLength;

interface Functions {
  scanLanes(p: number, bound: number): number;
  scanLine(p: number, stop: number, bound: number): number;
}

/**
 * A scanner that runs `kernel` over a memory of its own; a window elsewhere is copied in, block by block. Undefined where WebAssembly
 * cannot be had.
 */
export const createLaneScanner = (kernel: Kernel, tables: readonly BigUint64Array[]): Scanner | undefined => {
  const instance = instantiate(kernel.assemble);
  if (instance === undefined) return undefined;
  const { memory } = instance;
  tables.forEach((table, i) => new BigUint64Array(memory.buffer, i * table.byteLength, table.length).set(table));
  const functions = instance.exports as Functions;
  let bytes = new Uint8Array(memory.buffer);

  /** Address of byte `at` of the window, with the history before it and `length` bytes from it in memory. */
  const place = (window: Uint8Array, at: number, length: number): number => {
    if (window.buffer === bytes.buffer) return window.byteOffset + at;
    bytes.set(window.subarray(at - kernel.history, at + length), stagingAt);
    return stagingAt + kernel.history;
  };

  return {
    find(window, { from, to }: ScanRange, bound) {
      for (let n = from; n <= to; n += blockLength) {
        const length = Math.min(blockLength, to - n + 1);
        const p = place(window, n - 1, length);
        const end = length < blockLength ? functions.scanLine(p, p + length, bound) : scanBlock(functions, p, bound);
        if (end > 0) return n - 1 + end - p;
      }
      return 0;
    },
    buffer(size) {
      const missing = bufferAt + size - bytes.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / pageLength));
      bytes = new Uint8Array(memory.buffer);
      return bytes.subarray(bufferAt, bufferAt + size);
    },
  };
};

/** Where some lane has a cut, the first lane that has one from there on holds the earliest. */
const scanBlock = (functions: Functions, p: number, bound: number): number => {
  const stopped = functions.scanLanes(p, bound);
  if (stopped === 0) return 0;
  for (let lane = p; lane < p + blockLength; lane += laneLength) {
    const end = functions.scanLine(lane + stopped - p, lane + laneLength, bound);
    if (end > 0) return end;
  }
  throw new RangeError('a lane lost its cut');
};
