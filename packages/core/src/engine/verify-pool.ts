import { Worker } from 'node:worker_threads';
import { BackupError } from '../errors.ts';
import type { WorkerSetup } from './messages.ts';
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

interface Waiting {
  readonly resolve: (problems: readonly string[]) => void;
  readonly reject: (error: Error) => void;
}

/** Threads that check packs; each pack goes to the idlest. */
export class VerifyPool implements AsyncDisposable {
  readonly #seats: readonly { readonly worker: Worker; readonly waiting: Map<number, Waiting> }[];
  #job = 0;
  #failure: BackupError | undefined;

  constructor(threads: number, setup: VerifySetup) {
    const module = new URL(
      import.meta.url.endsWith('.ts') ? './verify-worker.ts' : './verify-worker.js',
      import.meta.url,
    );
    this.#seats = Array.from({ length: threads }, () => {
      const worker = new Worker(module, { workerData: setup });
      const waiting = new Map<number, Waiting>();
      worker.on('message', ({ job, problems }: VerifyReply) => {
        waiting.get(job)?.resolve(problems);
        waiting.delete(job);
      });
      worker.on('error', (error) => {
        const cause = new BackupError('IO', `a worker stopped: ${error.message}`, { cause: error });
        this.#failure ??= cause;
        for (const { reject } of waiting.values()) reject(cause);
        waiting.clear();
      });
      return { worker, waiting };
    });
  }

  /** What is wrong with the pack; `bytes` are gone afterwards (they move to the worker). */
  verify(id: string, bytes: Uint8Array<ArrayBuffer>, indexed?: IndexedBlobs): Promise<readonly string[]> {
    // A thread that stopped answers nothing any more.
    if (this.#failure) return Promise.reject(this.#failure);
    const seat = this.#seats.reduce((best, other) => (other.waiting.size < best.waiting.size ? other : best));
    const job = ++this.#job;
    return new Promise((resolve, reject) => {
      seat.waiting.set(job, { resolve, reject });
      const request: VerifyRequest = { job, id, bytes, ...(indexed ? { indexed } : {}) };
      seat.worker.postMessage(request, [bytes.buffer]);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#seats.map(({ worker }) => worker.terminate()));
  }
}
