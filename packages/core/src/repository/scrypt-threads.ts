/**
 * scrypt over several threads. Its p lanes do not depend on each other, and libraries mix them one after another all the same; every command
 * that opens a repository waits for it. See docs/adr/0014-scrypt-over-threads.md.
 */
import { pbkdf2Sync } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { assembleRomix, laneBytes } from '../transform/wasm/romix-kernel.ts';
import { compile } from '../transform/wasm/webassembly.ts';
import type { ScryptParameters } from './scrypt.ts';

export interface LaneJob {
  /** Whole lanes of 1,024 bytes, mixed in place. */
  readonly lanes: SharedArrayBuffer;
  readonly n: number;
}

/** What the tables of all threads together may take; more is left to the one table of `node:crypto`. */
const mostBytes = 128 * 1024 * 1024;

/** On how many threads: fewer than two when it is not worth it, or another r than everybody's asks for other code. */
export const scryptThreads = ({ N, r, p }: ScryptParameters, processors = availableParallelism()): number =>
  r === 8 && N >= 1024 ? Math.min(p, processors, 4, Math.floor(mostBytes / (N * laneBytes))) : 0;

/** The derived key, or `undefined` where threads or WebAssembly cannot be had. */
export const scryptInThreads = async (
  password: string,
  salt: Uint8Array,
  { parameters, keyLength }: { readonly parameters: ScryptParameters; readonly keyLength: number },
): Promise<Buffer | undefined> => {
  const { N, p } = parameters;
  // Threads that come and go share what this one keeps.
  if (compile(assembleRomix) === undefined) return undefined;
  const threads = scryptThreads(parameters);
  const blocks = pbkdf2Sync(password, salt, 1, p * laneBytes, 'sha256');
  const shares = Array.from({ length: threads }, (_, thread) => {
    const from = Math.floor((p * thread) / threads) * laneBytes;
    return blocks.subarray(from, Math.floor((p * (thread + 1)) / threads) * laneBytes);
  });
  const mixed = await Promise.all(shares.map((share) => mixShare(share, N)));
  if (mixed.includes(false)) return undefined;
  return pbkdf2Sync(password, blocks, 1, keyLength, 'sha256');
};

const mixShare = (share: Uint8Array, n: number): Promise<boolean> =>
  new Promise((resolve) => {
    const lanes = new SharedArrayBuffer(share.byteLength);
    new Uint8Array(lanes).set(share);
    const module = new URL(`./scrypt-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
    const worker = new Worker(module, { workerData: { lanes, n } satisfies LaneJob, stderr: false });
    worker.once('message', (isMixed: boolean) => {
      if (isMixed) share.set(new Uint8Array(lanes));
      resolve(isMixed);
    });
    // Out of memory, or no threads to be had.
    worker.once('error', () => resolve(false));
    worker.once('exit', () => resolve(false));
  });
