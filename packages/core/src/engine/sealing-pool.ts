/** The worker threads, seen from the main thread: requests with promises, packs and progress as callbacks. */
import type { Worker } from 'node:worker_threads';
import { BackupError } from '../errors.ts';
import { startThread } from '../thread/start-thread.ts';
import { prepareGear } from '../transform/gear.ts';
import { compactFiles, resultsOf } from './compact-lists.ts';
import { endWorker } from './end-worker.ts';
import { EndingStreams } from './ending-streams.ts';
import { FewTrees } from './few-trees.ts';
import { GatheredStream, roomBytes, type SharedRoom, sharedRoom } from './gathered-stream.ts';
import { costOfLooking, type Looking } from './looking.ts';
import type {
  FileJob,
  FileResult,
  FinishedPack,
  LookedFolder,
  Piece,
  Reply,
  Request,
  SealedContent,
  WorkerSetup,
} from './messages.ts';
import { type EndedContent, mostSmallBytes, SmallContents } from './small-contents.ts';

export interface SealingEvents {
  readonly pack: (pack: FinishedPack) => void;
  readonly progress: (bytes: number) => void;
}

interface Seat {
  /** Started with the first request that it gets: a run in which nothing changed needs none. */
  worker: Worker | undefined;
  /** Numbers of the shared memory that it knows. */
  readonly rooms: Set<number>;
  /** Pieces of packs that it has. */
  readonly pieces: WeakSet<SharedArrayBuffer>;
  /** Rough cost of what it has been given and not answered, to choose the idlest. */
  load: number;
}

type Settle = { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void };

const isSealed = (result: FileResult): result is SealedContent => !('failed' in result);

/** A stream of bytes on its way through one worker. */
export interface OpenStream {
  /** The bytes are copied. `undefined` when there is room for more, else resolves when there is. */
  push(bytes: Uint8Array): Promise<void> | undefined;
  finish(): EndedContent;
  drop(): void;
}

/** What a thread may have before it, and still get the next stream. */
const mostWaiting = roomBytes;
/** As much as a thread does while another one starts. */
const worthStart = 32 * 1024 * 1024;
/** Files of a run in which folders are looked at: most of what is read of them was there before, and takes a fifth of the time. */
const worthSecond = 64 * 1024 * 1024;

/** Takes a tenth of a second on an idle machine. */
const latestStartMs = 120_000;

export class SealingPool implements AsyncDisposable {
  readonly #seats: readonly Seat[];
  /** Those that bytes without a file go to. */
  readonly #forStreams: readonly Seat[];
  readonly #setup: WorkerSetup;
  readonly #waiting = new Map<number, Settle>();
  readonly #events: SealingEvents;
  readonly #few: FewTrees;
  readonly #small: SmallContents;
  /** Of streams that have ended. */
  readonly #spare: SharedRoom[] = [];
  readonly #ending = new EndingStreams();
  /** By their numbers. */
  readonly #rooms: SharedRoom[] = [];
  /** Folders are looked at. */
  #looks = false;
  /** Of all files so far. */
  #fileCost = 0;
  #job = 0;
  #failure: BackupError | undefined;

  constructor(threads: number, setup: WorkerSetup, events: SealingEvents) {
    this.#seats = Array.from({ length: threads }, () => ({
      worker: undefined,
      rooms: new Set<number>(),
      pieces: new WeakSet<SharedArrayBuffer>(),
      load: 0,
    }));
    this.#forStreams = this.#seats.slice(0, Math.max(1, threads - 1));
    this.#setup = setup;
    this.#events = events;
    this.#few = new FewTrees(setup, events.pack);
    this.#small = new SmallContents({
      send: (piece, sizes) => this.#contents(piece, sizes),
      borrow: () => this.#borrow(),
      giveBack: (room) => this.#spare.push(room),
    });
  }

  async files(files: readonly FileJob[], cost: number): Promise<readonly FileResult[]> {
    const list = compactFiles(files);
    this.#fileCost += cost;
    // The thread that looks at folders does what little has changed sooner than another one is ready.
    const seat = this.#looks && this.#fileCost < worthSecond ? this.#idlestStarted() : this.#idlest();
    const reply = await this.#ask(seat, cost, (job) => ({ do: 'files', job, files: list }));
    return reply.did === 'files' ? resultsOf(reply.results) : [];
  }

  /** Looks at folders in one of the threads; in the order of `folders`. */
  async look({ rules, folders, within, pieces }: Looking): Promise<readonly (LookedFolder | undefined)[]> {
    this.#looks = true;
    const seat = this.#idlestStarted();
    const further = pieces.filter(({ memory }) => !seat.pieces.has(memory));
    for (const { memory } of further) seat.pieces.add(memory);
    const request = { ...rules, folders, pieces: further };
    const reply = await this.#ask(seat, costOfLooking(folders, within), (job) => ({ do: 'look', job, ...request }));
    return reply.did === 'look' ? reply.looks : [];
  }

  /** Trees go through one worker, so that they fill one pack; resolves to what the tree added. */
  async tree(json: Uint8Array): Promise<number> {
    if (this.#failure) throw this.#failure;
    const hasThreads = (): boolean => this.#seats.some(({ worker }) => worker !== undefined);
    const added = await this.#few.seal(json, hasThreads);
    if (added !== undefined) return added;
    // Alone in its memory: a message takes along whatever else stands in the same.
    const own = json.byteLength === json.buffer.byteLength ? json : new Uint8Array(json);
    const reply = await this.#ask(this.#seat(0), json.byteLength, (job) => ({ do: 'tree', job, json: own }));
    return reply.did === 'tree' ? reply.newBytes : 0;
  }

  stream(): OpenStream {
    const stream = ++this.#job;
    const room = this.#borrow();
    let seat: Seat | undefined;
    const send = (piece: Piece, last: boolean): Promise<Reply> => {
      seat ??= this.#handiest();
      this.#share(seat, piece);
      return this.#ask(seat, piece.length, (job) => ({ do: 'stream', job, stream, piece, last }));
    };
    const gathered = new GatheredStream({ send, room });
    const end = async (): Promise<SealedContent> => {
      const reply = await gathered.finish();
      this.#spare.push(room);
      if (reply.did !== 'stream' || reply.content === undefined)
        throw new TypeError('a stream ended without its content');
      return reply.content;
    };
    return {
      push: (bytes) => gathered.push(bytes),
      finish: () => {
        const { unsent } = gathered;
        if (unsent === undefined || unsent.byteLength > mostSmallBytes) {
          const content = end();
          return { content, room: this.#ending.add(content) };
        }
        const ended = this.#small.add(unsent);
        this.#spare.push(room);
        return ended;
      },
      drop: () => {
        seat?.worker?.postMessage({ do: 'drop-stream', stream } satisfies Request);
        void gathered.settled().then(() => this.#spare.push(room));
      },
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

  async #contents(piece: Piece, sizes: readonly number[]): Promise<readonly SealedContent[]> {
    const seat = this.#handiest();
    this.#share(seat, piece);
    const reply = await this.#ask(seat, piece.length, (job) => ({ do: 'contents', job, piece, sizes }));
    return reply.did === 'contents' ? resultsOf(reply.contents).filter(isSealed) : [];
  }

  #borrow(): SharedRoom {
    const spare = this.#spare.pop();
    if (spare) return spare;
    const room = sharedRoom(this.#rooms.length);
    this.#rooms.push(room);
    return room;
  }

  /** Before the first piece in a room comes, a worker learns of the room. */
  #share(seat: Seat, { room }: Piece): void {
    const shared = this.#rooms[room];
    if (seat.rooms.has(room) || !shared || this.#failure) return;
    seat.rooms.add(room);
    this.#workerOf(seat).postMessage({ do: 'room', room, memory: shared.memory } satisfies Request);
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
    const worker = startThread(module, this.#setup);
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

  /**
   * For bytes that come one after the other. Who takes them over and who sends them need a processor too, so one thread fewer is for them; each but
   * the first costs its start, and is of use only where those before it do not keep up.
   */
  #handiest(): Seat {
    return this.#forStreams.find(({ load }) => load < mostWaiting) ?? idlestOf(this.#forStreams);
  }

  #idlest(): Seat {
    return idlestOf(this.#seats);
  }

  /** Another thread is started only when those that run have enough to do that its start is worth it. */
  #idlestStarted(): Seat {
    const idlest = this.#idlest();
    if (idlest.worker) return idlest;
    const started = this.#seats.filter(({ worker, load }) => worker !== undefined && load < worthStart);
    return started.length > 0 ? idlestOf(started) : idlest;
  }

  async #ask(seat: Seat, cost: number, request: (job: number) => Request): Promise<Reply> {
    if (this.#failure) throw this.#failure;
    const job = ++this.#job;
    seat.load += cost + 1;
    try {
      return await new Promise<Reply>((resolve, reject) => {
        this.#waiting.set(job, { resolve, reject });
        this.#workerOf(seat).postMessage(request(job));
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

const idlestOf = (seats: readonly Seat[]): Seat => seats.reduce((best, seat) => (seat.load < best.load ? seat : best));
