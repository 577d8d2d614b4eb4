/**
 * scrypt over several threads. Its p lanes do not depend on each other, and libraries mix them one after another all the same; every command
 * that opens a repository waits for it. See docs/adr/0014-scrypt-over-threads.md.
 */
import { pbkdf2Sync } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { giveBack } from '../posix/give-back.ts';
import { laneBytes } from '../transform/wasm/romix-kernel.ts';
import type { ScryptParameters } from './scrypt.ts';
import { type LaneJob, LaneMixer } from './scrypt-lanes.ts';

/** What the tables of all threads together may take; more is left to the one table of `node:crypto`. */
const mostBytes = 128 * 1024 * 1024;

/** On how many threads: fewer than two when it is not worth it, or another r than everybody's asks for other code. */
export const scryptThreads = ({ N, r, p }: ScryptParameters, processors = availableParallelism()): number =>
  r === 8 && N >= 1024 ? Math.min(p, processors, 4, Math.floor(mostBytes / (N * laneBytes))) : 0;

/** The derived key, or `undefined` where threads or WebAssembly cannot be had. This thread takes part, a lane at a time. */
export const scryptInThreads = async (
  password: string,
  salt: Uint8Array,
  { parameters, keyLength }: { readonly parameters: ScryptParameters; readonly keyLength: number },
): Promise<Buffer | undefined> => {
  const { N, p } = parameters;
  const lanes = new SharedArrayBuffer(p * laneBytes);
  const blocks = Buffer.from(lanes);
  blocks.set(pbkdf2Sync(password, salt, 1, blocks.byteLength, 'sha256'));
  const threads = scryptThreads(parameters);
  const atOnce = p > threads && 2 * threads * N * laneBytes <= mostBytes ? 2 : 1;
  const job: LaneJob = { lanes, n: N, atOnce, counts: new SharedArrayBuffer(8) };
  // It compiles the module as well, and keeps it for threads that come and go.
  const mixer = LaneMixer.create(job);
  if (mixer === undefined) return undefined;
  const helpers = Array.from({ length: threads - 1 }, () => helper(job));
  while (mixer.mixNext()) await setImmediate();
  // One that has not begun by now is not waited for.
  if (!mixer.allDone) await Promise.all(helpers);
  // A table of 32 MiB otherwise waits for a collection that may come late.
  giveBack(mixer.memory);
  return mixer.allDone ? pbkdf2Sync(password, blocks, 1, keyLength, 'sha256') : undefined;
};

/** Resolves when it has done what it took, or has ended without. */
const helper = (job: LaneJob): Promise<void> =>
  new Promise((resolve) => {
    const module = new URL(`./scrypt-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
    const worker = new Worker(module, { workerData: job, stderr: false });
    worker.once('message', () => resolve());
    // Out of memory, or no threads to be had.
    worker.once('error', () => resolve());
    worker.once('exit', () => resolve());
  });
