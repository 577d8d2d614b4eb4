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

/** Less is checked sooner here than threads have begun: a part that is due each day mostly is less. */
export const worthThreads = 24 * 1024 * 1024;

export interface VerifyParts extends VerifySetup {
  /** At most. */
  readonly threads: number;
  /** Of all packs that will be checked. */
  readonly bytes: number;
}

/** Checks packs: in threads, where there are enough of them. */
export class VerifyPool implements AsyncDisposable {
  readonly #here: Promise<PackVerifier> | undefined;
  readonly #threads: ThreadPool<VerifyReply> | undefined;

  constructor({ threads, bytes, ...setup }: VerifyParts) {
    if (bytes < worthThreads) this.#here = packVerifier(setup);
    else {
      const module = import.meta.url.endsWith('.ts') ? './verify-worker.ts' : './verify-worker.js';
      this.#threads = new ThreadPool(threads, new URL(module, import.meta.url), setup);
    }
  }

  /** What is wrong with the pack; its bytes stand in shared memory, which nobody changes until then. */
  async verify(id: string, bytes: Uint8Array<SharedArrayBuffer>, indexed?: IndexedBlobs): Promise<readonly string[]> {
    const reply = await this.#threads?.ask((job): VerifyRequest => ({
      job,
      id,
      bytes,
      ...(indexed ? { indexed } : {}),
    }));
    if (reply) return reply.problems;
    if (!this.#here) throw new TypeError('packs are checked by nobody');
    return (await this.#here)(id, bytes, indexed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads?.[Symbol.asyncDispose]();
  }
}
