/** The worker threads, seen from the main thread: requests with promises, packs and progress as callbacks. */
import { Worker } from 'node:worker_threads';
import { BackupError } from '../errors.ts';
import { prepareGear } from '../transform/gear.ts';
import { endWorker } from './end-worker.ts';
import { FewTrees } from './few-trees.ts';
import { type GatherBuffers, gatherBuffers, GatheredStream } from './gathered-stream.ts';
import { workerLimits } from './messages.ts';
import type { FileJob, FileResult, FinishedPack, Reply, Request, SealedContent, WorkerSetup } from './messages.ts';

export interface SealingEvents {
  readonly pack: (pack: FinishedPack) => void;
  readonly progress: (bytes: number) => void;
}

interface Seat {
  /** Started with the first request that it gets: a run in which nothing changed needs none. */
  worker: Worker | undefined;
  /** Rough cost of what it has been given and not answered, to choose the idlest. */
  load: number;
}

type Settle = { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void };

/** A stream of bytes on its way through one worker. */
export interface OpenStream {
  /** Resolves when there is room for more; the bytes are copied. */
  push(bytes: Uint8Array): Promise<void>;
  finish(): Promise<SealedContent>;
  drop(): void;
}

/** Takes a tenth of a second on an idle machine. */
const latestStartMs = 120_000;

export class SealingPool implements AsyncDisposable {
  readonly #seats: readonly Seat[];
  readonly #setup: WorkerSetup;
  readonly #waiting = new Map<number, Settle>();
  readonly #events: SealingEvents;
  readonly #few: FewTrees;
  /** Of streams that have ended. */
  readonly #buffers: GatherBuffers[] = [];
  #job = 0;
  #failure: BackupError | undefined;

  constructor(threads: number, setup: WorkerSetup, events: SealingEvents) {
    this.#seats = Array.from({ length: threads }, () => ({ worker: undefined, load: 0 }));
    this.#setup = setup;
    this.#events = events;
    this.#few = new FewTrees(setup, events.pack);
  }

  async files(files: readonly FileJob[], cost: number): Promise<readonly FileResult[]> {
    const reply = await this.#ask(this.#idlest(), cost, (job) => ({ do: 'files', job, files }));
    return reply.did === 'files' ? reply.results : [];
  }

  /** Trees go through one worker, so that they fill one pack; resolves to what the tree added. */
  async tree(json: Uint8Array): Promise<number> {
    if (this.#failure) throw this.#failure;
    const hasThreads = (): boolean => this.#seats.some(({ worker }) => worker !== undefined);
    const added = await this.#few.seal(json, hasThreads);
    if (added !== undefined) return added;
    const reply = await this.#ask(this.#seat(0), json.byteLength, (job) => ({ do: 'tree', job, json }));
    return reply.did === 'tree' ? reply.newBytes : 0;
  }

  stream(): OpenStream {
    const seat = this.#idlest();
    const job = ++this.#job;
    const send = (bytes: Uint8Array, last: boolean): Promise<Reply> =>
      this.#askAs(job, seat, bytes.byteLength, { do: 'stream', job, bytes, last });
    const buffers = this.#buffers.pop() ?? gatherBuffers();
    const gathered = new GatheredStream({ send, buffers });
    return {
      push: (bytes) => gathered.push(bytes),
      finish: async () => {
        const reply = await gathered.finish();
        this.#buffers.push(buffers);
        if (reply.did !== 'stream' || reply.content === undefined)
          throw new TypeError('a stream ended without its content');
        return reply.content;
      },
      drop: () => seat.worker?.postMessage({ do: 'drop-stream', job } satisfies Request),
    };
  }

  /** Every worker hands on the packs that it has open. */
  async flush(): Promise<void> {
    await this.#few.flush();
    const started = this.#seats.filter(({ worker }) => worker !== undefined);
    await Promise.all(started.map((seat) => this.#ask(seat, 0, (job) => ({ do: 'flush', job }))));
  }

  /** Rejects everything that is asked, now and later. */
  stop(error: BackupError): void {
    this.#fail(error);
  }

  #seat(index: number): Seat {
    const seat = this.#seats[index];
    if (seat === undefined) throw new TypeError(`no worker ${index}`);
    return seat;
  }

  /** What it is told before it is ready waits for it. */
  #workerOf(seat: Seat): Worker {
    if (seat.worker) return seat.worker;
    const module = new URL(import.meta.url.endsWith('.ts') ? './seal-worker.ts' : './seal-worker.js', import.meta.url);
    prepareGear();
    const worker = new Worker(module, { workerData: this.#setup, stderr: false, resourceLimits: workerLimits });
    // A thread that cannot take over the shared memory never begins, and nothing says so.
    const late = setTimeout(() => this.#fail(new BackupError('IO', 'a worker did not start')), latestStartMs);
    worker.once('message', () => clearTimeout(late));
    worker.once('exit', () => clearTimeout(late));
    worker.on('message', (reply: Reply) => this.#receive(reply));
    worker.on('error', (error) =>
      this.#fail(new BackupError('IO', `a worker stopped: ${error.message}`, { cause: error })),
    );
    seat.worker = worker;
    return worker;
  }

  #idlest(): Seat {
    return this.#seats.reduce((best, seat) => (seat.load < best.load ? seat : best));
  }

  #ask(seat: Seat, cost: number, request: (job: number) => Request): Promise<Reply> {
    const job = ++this.#job;
    return this.#askAs(job, seat, cost, request(job));
  }

  async #askAs(job: number, seat: Seat, cost: number, request: Request): Promise<Reply> {
    if (this.#failure) throw this.#failure;
    seat.load += cost + 1;
    try {
      return await new Promise<Reply>((resolve, reject) => {
        this.#waiting.set(job, { resolve, reject });
        this.#workerOf(seat).postMessage(request);
      });
    } finally {
      seat.load -= cost + 1;
    }
  }

  #receive(reply: Reply): void {
    if (reply.did === 'pack') return this.#events.pack(reply.pack);
    if (reply.did === 'progress') return this.#events.progress(reply.bytes);
    if (reply.did === 'failed') return this.#fail(new BackupError(reply.code, reply.message));
    const settle = this.#waiting.get(reply.job);
    this.#waiting.delete(reply.job);
    settle?.resolve(reply);
  }

  #fail(error: BackupError): void {
    this.#failure ??= error;
    for (const settle of this.#waiting.values()) settle.reject(error);
    this.#waiting.clear();
  }

  /** Rejects everything that is still asked; the pack pool has to be stopped first, or a sleeping worker is not seen to end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(new BackupError('ABORTED', 'interrupted'));
    await Promise.all(this.#seats.flatMap(({ worker }) => (worker ? [endWorker(worker)] : [])));
  }
}
