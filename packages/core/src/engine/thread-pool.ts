import type { Worker } from 'node:worker_threads';
import { BackupError } from '../errors.ts';
import { startThread } from '../thread/start-thread.ts';
import { endWorker } from './end-worker.ts';
import type { SharedView, ShowRequest } from './shown-memory.ts';

interface Waiting<Reply> {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

interface Seat<Reply> {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting<Reply>>;
  /** The memory that it has been shown. */
  readonly shown: Set<number>;
}

/** How a request speaks of bytes that stand in shared memory. */
export type Show = (bytes: Uint8Array) => SharedView;

/** Threads that answer requests one by one; each request goes to the idlest. */
export class ThreadPool<Reply extends { readonly job: number }> implements AsyncDisposable {
  readonly #seats: readonly Seat<Reply>[];
  readonly #memories = new WeakMap<SharedArrayBuffer, number>();
  #memoryCount = 0;
  #job = 0;
  #failure: BackupError | undefined;

  constructor(threads: number, module: URL, setup: unknown) {
    this.#seats = Array.from({ length: threads }, () => {
      const worker = startThread(module, setup);
      const waiting = new Map<number, Waiting<Reply>>();
      worker.on('message', (reply: Reply) => {
        waiting.get(reply.job)?.resolve(reply);
        waiting.delete(reply.job);
      });
      worker.on('error', (error) => {
        const cause = new BackupError('IO', `a worker stopped: ${error.message}`, { cause: error });
        this.#failure ??= cause;
        for (const { reject } of waiting.values()) reject(cause);
        waiting.clear();
      });
      return { worker, waiting, shown: new Set() };
    });
  }

  /** IO when a thread has stopped: it answers nothing any more. */
  ask(request: (job: number, show: Show) => object): Promise<Reply> {
    if (this.#failure) return Promise.reject(this.#failure);
    const seat = this.#seats.reduce((best, other) => (other.waiting.size < best.waiting.size ? other : best));
    const job = ++this.#job;
    return new Promise((resolve, reject) => {
      seat.waiting.set(job, { resolve, reject });
      seat.worker.postMessage(request(job, (bytes) => this.#show(seat, bytes)));
    });
  }

  #show(seat: Seat<Reply>, { buffer, byteOffset: offset, byteLength: length }: Uint8Array): SharedView {
    if (!(buffer instanceof SharedArrayBuffer)) throw new TypeError('a thread opens what is shared with it');
    const memory = this.#memories.get(buffer) ?? ++this.#memoryCount;
    this.#memories.set(buffer, memory);
    if (!seat.shown.has(memory)) seat.worker.postMessage({ memory, bytes: buffer } satisfies ShowRequest);
    seat.shown.add(memory);
    return { memory, offset, length };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#seats.map(({ worker }) => endWorker(worker)));
  }
}
