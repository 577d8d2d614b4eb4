import type { WorkerSetup } from './messages.ts';
import { type PackVerifier, packVerifier } from './pack-verifier.ts';
import { ThreadPool } from './thread-pool.ts';
import type { IndexedBlobs } from './verify-pack.ts';

export type VerifySetup = Pick<WorkerSetup, 'masterKey' | 'chunker' | 'codecs' | 'polynomial' | 'transformSecret'>;

export interface VerifyRequest {
  readonly job: number;
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly indexed?: IndexedBlobs;
}
export interface VerifyReply {
  readonly job: number;
  readonly problems: readonly string[];
}

/** So much is checked here before threads are worth their start: a part that is due each day mostly is less. */
export const worthThreads = 24 * 1024 * 1024;

/** Checks packs: here at first, in threads once there have been enough of them. */
export class VerifyPool implements AsyncDisposable {
  readonly #setup: VerifySetup;
  readonly #count: number;
  #here: Promise<PackVerifier> | undefined;
  #threads: ThreadPool<VerifyReply> | undefined;
  #bytes = 0;

  constructor(threads: number, setup: VerifySetup) {
    this.#count = threads;
    this.#setup = setup;
  }

  /** What is wrong with the pack; its bytes stand in shared memory, which nobody changes until then. */
  async verify(id: string, bytes: Uint8Array<SharedArrayBuffer>, indexed?: IndexedBlobs): Promise<readonly string[]> {
    this.#bytes += bytes.byteLength;
    if (this.#bytes < worthThreads) return (await (this.#here ??= packVerifier(this.#setup)))(id, bytes, indexed);
    this.#threads ??= this.#start();
    const reply = await this.#threads.ask((job): VerifyRequest => ({
      job,
      id,
      bytes,
      ...(indexed ? { indexed } : {}),
    }));
    return reply.problems;
  }

  #start(): ThreadPool<VerifyReply> {
    const module = import.meta.url.endsWith('.ts') ? './verify-worker.ts' : './verify-worker.js';
    return new ThreadPool(this.#count, new URL(module, import.meta.url), this.#setup);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads?.[Symbol.asyncDispose]();
  }
}
