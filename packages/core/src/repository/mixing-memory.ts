/** Memory that lanes of scrypt are mixed in, which another thread may make ready. */
import { setImmediate } from 'node:timers/promises';
import { sharedMemory, type WasmMemory } from '../transform/wasm/webassembly.ts';

const wasmPageBytes = 65_536;

/** Of a table that restic's least N and r ask for, which is what everybody's key files say. */
export const usualTableBytes = 32 * 1024 * 1024;

/**
 * What one thread mixes in, with tables of so many bytes in all: shared, so that another can make it ready before. Undefined where it cannot be had.
 */
export const mixingMemory = (tableBytes: number): WasmMemory | undefined =>
  sharedMemory(1 + Math.ceil(tableBytes / wasmPageBytes));

/** Memory that is made ready until somebody takes it. */
export interface ReadyMemory {
  readonly memory: WasmMemory;
  /** [0] it was taken, [1] it is being written to. */
  readonly flags: SharedArrayBuffer;
}

const [taken, busy] = [0, 1] as const;
const longestPieceMs = 10;

export const readyMemory = (tableBytes: number): ReadyMemory | undefined => {
  const memory = mixingMemory(tableBytes);
  return memory && { memory, flags: new SharedArrayBuffer(8) };
};

/** From now on nobody else writes to it. */
export const takeReady = ({ memory, flags }: ReadyMemory): WasmMemory => {
  const words = new Int32Array(flags);
  Atomics.store(words, taken, 1);
  while (Atomics.load(words, busy) === 1) Atomics.wait(words, busy, 1, longestPieceMs);
  return memory;
};

const pageBytes = 4096;
const pieceBytes = 256 * 1024;
const piecesInTurn = 16;

/**
 * Writes to each page, which the system finds then: 64 MiB are some 16,000 of them, each of which costs a microsecond or two. Stops when it is taken, and lets the
 * event loop turn now and then.
 */
export const makeReady = async ({ memory, flags }: ReadyMemory): Promise<void> => {
  const words = new Int32Array(flags);
  const bytes = new Uint8Array(memory.buffer);
  for (let at = 0, pieces = 1; at < bytes.byteLength; at += pieceBytes, pieces += 1) {
    Atomics.store(words, busy, 1);
    const isTaken = Atomics.load(words, taken) === 1;
    const end = isTaken ? at : Math.min(at + pieceBytes, bytes.byteLength);
    for (let page = at; page < end; page += pageBytes) bytes[page] = 0;
    Atomics.store(words, busy, 0);
    Atomics.notify(words, busy);
    if (isTaken) return;
    if (pieces % piecesInTurn === 0) await setImmediate();
  }
};
