import { Worker } from 'node:worker_threads';
import { BackupError } from '../errors.ts';
import type { SealedBlob } from './blob-opener.ts';
import { endWorker } from './end-worker.ts';
import { workerLimits, type WorkerSetup } from './messages.ts';
import type { IndexedBlobs } from './verify-pack.ts';

export type VerifySetup = Pick<WorkerSetup, 'masterKey' | 'chunker' | 'codecs' | 'polynomial' | 'transformSecret'>;

/** Part of memory that a thread has been shown. */
export interface SharedView {
  readonly memory: number;
  readonly offset: number;
  readonly length: number;
}
/** Memory that later requests speak of by its number: V8 counts it as new each time that it is sent, and collects garbage for it. */
export interface ShowRequest {
  readonly memory: number;
  readonly bytes: SharedArrayBuffer;
}
/** A sealed blob, and where its content goes. */
export interface OpenRequest {
  readonly job: number;
  readonly sealed: SharedView;
  readonly blob: SealedBlob;
  readonly target: SharedView;
}
export interface VerifyRequest {
  readonly job: number;
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly indexed?: IndexedBlobs;
}
export interface VerifyReply {
  readonly job: number;
  readonly problems: readonly string[];
  /** Of the opened blob. */
  readonly size?: number;
}

interface Waiting {
  readonly resolve: (reply: VerifyReply) => void;
  readonly reject: (error: Error) => void;
}

interface Seat {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
  /** The memory that it has been shown. */
  readonly shown: Set<number>;
}

/** Threads that check packs and open blobs; each goes to the idlest. */
export class VerifyPool implements AsyncDisposable {
  readonly #seats: readonly Seat[];
  readonly #memories = new WeakMap<SharedArrayBuffer, number>();
  #memoryCount = 0;
  #job = 0;
  #failure: BackupError | undefined;

  constructor(threads: number, setup: VerifySetup) {
    const module = new URL(
      import.meta.url.endsWith('.ts') ? './verify-worker.ts' : './verify-worker.js',
      import.meta.url,
    );
    this.#seats = Array.from({ length: threads }, () => {
      const worker = new Worker(module, { workerData: setup, resourceLimits: workerLimits });
      const waiting = new Map<number, Waiting>();
      worker.on('message', (reply: VerifyReply) => {
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

  /** What is wrong with the pack; its bytes stand in shared memory, which nobody changes until then. */
  async verify(id: string, bytes: Uint8Array<SharedArrayBuffer>, indexed?: IndexedBlobs): Promise<readonly string[]> {
    const reply = await this.#ask((job) => ({ job, id, bytes, ...(indexed ? { indexed } : {}) }));
    return reply.problems;
  }

  /** As `BlobOpener.openInto`; both views stand on shared memory. */
  async openInto(sealed: Uint8Array, blob: SealedBlob, target: Uint8Array): Promise<number> {
    const { problems, size } = await this.#ask((job, seat) => ({
      job,
      sealed: this.#show(seat, sealed),
      blob,
      target: this.#show(seat, target),
    }));
    if (size === undefined) throw new BackupError('CORRUPT', problems.join('; '));
    return size;
  }

  #show(seat: Seat, { buffer, byteOffset: offset, byteLength: length }: Uint8Array): SharedView {
    if (!(buffer instanceof SharedArrayBuffer)) throw new TypeError('a thread opens what is shared with it');
    const memory = this.#memories.get(buffer) ?? ++this.#memoryCount;
    this.#memories.set(buffer, memory);
    if (!seat.shown.has(memory)) seat.worker.postMessage({ memory, bytes: buffer } satisfies ShowRequest);
    seat.shown.add(memory);
    return { memory, offset, length };
  }

  #ask(request: (job: number, seat: Seat) => VerifyRequest | OpenRequest): Promise<VerifyReply> {
    // A thread that stopped answers nothing any more.
    if (this.#failure) return Promise.reject(this.#failure);
    const seat = this.#seats.reduce((best, other) => (other.waiting.size < best.waiting.size ? other : best));
    const job = ++this.#job;
    return new Promise((resolve, reject) => {
      seat.waiting.set(job, { resolve, reject });
      seat.worker.postMessage(request(job, seat));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#seats.map(({ worker }) => endWorker(worker)));
  }
}
