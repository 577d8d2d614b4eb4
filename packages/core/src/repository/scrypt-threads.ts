/**
 * scrypt over several threads. Its p lanes do not depend on each other, and libraries mix them one after another all the same; every command
 * that opens a repository waits for it. See docs/adr/0014-scrypt-over-threads.md.
 */
import { pbkdf2Sync } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { addressSpaceLimit } from '../posix/address-space.ts';
import { giveBack } from '../posix/give-back.ts';
import { giveBackAhead, mixingModule, startMixing, takeMixingMemory } from '../thread/start-thread.ts';
import { laneBytes } from '../transform/wasm/romix-kernel.ts';
import type { WasmMemory } from '../transform/wasm/webassembly.ts';
import type { ScryptParameters } from './scrypt.ts';
import { mixingMemory } from './mixing-memory.ts';
import { type LaneJob, LaneMixer } from './scrypt-lanes.ts';

/** What the tables of all threads together may take; more is left to the one table of `node:crypto`. */
const mostBytes = 128 * 1024 * 1024;

/** On how many threads: fewer than two when it is not worth it, or another r than everybody's asks for other code. */
export const scryptThreads = ({ N, r, p }: ScryptParameters, processors = availableParallelism()): number =>
  r === 8 && N >= 1024 ? Math.min(p, processors, 4, Math.floor(mostBytes / (N * laneBytes))) : 0;

/**
 * The derived key, or `undefined` where threads or WebAssembly cannot be had, or would take the address space that a limit leaves to all else: each
 * memory reserves 10 GB of it until it is collected. This thread takes part, a lane at a time.
 */
export const scryptInThreads = async (
  password: string,
  salt: Uint8Array,
  { parameters, keyLength }: { readonly parameters: ScryptParameters; readonly keyLength: number },
): Promise<Buffer | undefined> => {
  if (addressSpaceLimit() !== undefined) return undefined;
  const { N, p } = parameters;
  const lanes = new SharedArrayBuffer(p * laneBytes);
  const blocks = Buffer.from(lanes);
  blocks.set(pbkdf2Sync(password, salt, 1, blocks.byteLength, 'sha256'));
  const threads = scryptThreads(parameters);
  const atOnce = p > threads && 2 * threads * N * laneBytes <= mostBytes ? 2 : 1;
  const job: LaneJob = { lanes, n: N, atOnce, counts: new SharedArrayBuffer(8) };
  const memories = memoriesFor(threads, atOnce * N * laneBytes);
  const [own, ...others] = memories;
  if (own === undefined) return undefined;
  try {
    const module = mixingModule();
    if (module) LaneMixer.adopt(module);
    const helpers = others.map((memory) => startMixing(job, memory));
    const mixer = LaneMixer.create(job, own);
    while (mixer?.mixNext() === true) await setImmediate();
    // One that has not begun by now is not waited for.
    if (mixer?.allDone === false) await Promise.all(helpers);
    return mixer?.allDone === true ? pbkdf2Sync(password, blocks, 1, keyLength, 'sha256') : undefined;
  } finally {
    giveBackLater(memories);
  }
};

/** Not while everybody waits for what the key opens; a program that ends by then has given back all. */
const restMs = 250;

/** Tables of 64 MiB otherwise wait for a collection that may come late. */
const giveBackLater = (memories: readonly WasmMemory[]): void => {
  const give = (): void => {
    for (const { buffer } of memories) giveBack(new Uint8Array(buffer));
  };
  if (!giveBackAhead(memories)) setTimeout(give, restMs).unref();
};

/** Where the key is derived without it: what was made ready, 128 MiB, would stay until the program ends. */
export const letGoOfMixingMemory = (): void => {
  for (let ready = takeMixingMemory(); ready; ready = takeMixingMemory()) giveBack(new Uint8Array(ready.buffer));
};

/** For as many threads as there is memory. */
const memoriesFor = (threads: number, tableBytes: number): readonly WasmMemory[] =>
  Array.from({ length: threads }, () => {
    const ready = takeMixingMemory();
    if (ready && ready.buffer.byteLength > tableBytes) return ready;
    if (ready) giveBackLater([ready]);
    return mixingMemory(tableBytes);
  }).filter((memory) => memory !== undefined);
