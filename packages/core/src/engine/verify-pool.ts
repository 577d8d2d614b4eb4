import { type WorkerSetup } from './messages.ts';
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

/** Threads that check packs. */
export class VerifyPool implements AsyncDisposable {
  readonly #threads: ThreadPool<VerifyReply>;

  constructor(threads: number, setup: VerifySetup) {
    const module = import.meta.url.endsWith('.ts') ? './verify-worker.ts' : './verify-worker.js';
    this.#threads = new ThreadPool(threads, new URL(module, import.meta.url), setup);
  }

  /** What is wrong with the pack; its bytes stand in shared memory, which nobody changes until then. */
  async verify(id: string, bytes: Uint8Array<SharedArrayBuffer>, indexed?: IndexedBlobs): Promise<readonly string[]> {
    const reply = await this.#threads.ask((job): VerifyRequest => ({
      job,
      id,
      bytes,
      ...(indexed ? { indexed } : {}),
    }));
    return reply.problems;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#threads[Symbol.asyncDispose]();
  }
}
