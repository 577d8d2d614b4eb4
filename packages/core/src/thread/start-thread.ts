/** Threads, and one that is started before it is known what for: it takes a while until a thread can work, and everything waits for the first. */
import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { endWorker } from '../engine/end-worker.ts';
import { addressSpaceLimit } from '../posix/address-space.ts';
import { readyMemory, type ReadyMemory, takeReady, usualTableBytes } from '../repository/mixing-memory.ts';
import type { LaneJob } from '../repository/scrypt-lanes.ts';
import type { WasmMemory } from '../transform/wasm/webassembly.ts';
import { expectLongRun, limitLater } from './heap-growth.ts';
import { type CodePlace, codePlace } from './kept-code.ts';
import type {
  GiveBackRequest,
  IdleReply,
  IdleStart,
  LoadRequest,
  MixRequest,
  ThreadStart,
  Work,
} from './thread-worker.ts';

/** What a thread works on stands in shared memory; of young objects it has few, and by itself V8 would give it 48 MB for them. */
const resourceLimits = { maxYoungGenerationSizeMb: 6 } as const;

/** A thread that has no work yet, and what it says until then. */
interface Idle {
  readonly worker: Worker;
  readonly replies: MessagePort;
  /** It was told to load native code. */
  loads: boolean;
}

let ahead: Idle | undefined;
/** What it makes ready: memory, and the code that mixes in it. */
let memories: ReadyMemory[] = [];
let module: object | undefined;

/** Threads call other functions than the program itself. */
const placeForThreads = (): CodePlace | undefined => {
  const place = codePlace();
  return place && { ...place, kind: `${place.kind}-thread` };
};

const create = (start: ThreadStart, transferList: readonly MessagePort[] = []): Worker => {
  limitLater();
  const entry = `./thread-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;
  return new Worker(new URL(entry, import.meta.url), {
    workerData: { ...start, code: placeForThreads() } satisfies ThreadStart,
    transferList: [...transferList],
    stderr: false,
    resourceLimits,
    // A file may be opened by a call that Node does not know of.
    trackUnmanagedFds: false,
  });
};

const createIdle = (start: Omit<IdleStart, 'replies'>): Idle => {
  const { port1, port2 } = new MessageChannel();
  return { worker: create({ idle: { ...start, replies: port2 } }, [port2]), replies: port1, loads: false };
};

/**
 * Starts a thread for whoever asks first, which gets ready to derive a key from a password meanwhile. For programs that will open a repository; one that ends
 * does not wait for it. Does nothing on one processor, or under a limit on address space, of which a thread takes much.
 */
export const startThreadAhead = (): void => {
  if (ahead || availableParallelism() < 2 || addressSpaceLimit() !== undefined) return;
  // Two lanes at a time for it and for who asks.
  memories = [readyMemory(2 * usualTableBytes), readyMemory(2 * usualTableBytes)].filter((one) => one !== undefined);
  // The thread warms up in the first, which nobody else may have meanwhile.
  if (memories.length < 2) memories = [];
  const idle = createIdle({ ready: memories });
  idle.replies.on('message', (told: IdleReply) => {
    if (told !== 'mixed') ({ module } = told);
  });
  keep(idle);
};

const keep = (idle: Idle): void => {
  ahead = idle;
  idle.replies.unref();
  idle.worker.unref();
  idle.worker.once('error', forget).once('exit', forget);
};

const forget = (): void => void (ahead = undefined);

const take = (): Idle | undefined => {
  const idle = ahead;
  forget();
  idle?.worker.off('error', forget).off('exit', forget).ref();
  return idle;
};

/** A thread that does what the module says, with this setup. Messages that it is sent before it is ready wait for it. */
export const startThread = (by: URL, setup: unknown): Worker => {
  const work: Work = { module: by.href, setup };
  const idle = take();
  if (idle === undefined) {
    expectLongRun();
    return create({ work });
  }
  idle.replies.close();
  limitLater();
  idle.worker.postMessage(work);
  return idle.worker;
};

/** Memory for lanes of scrypt that the system has found already. */
export const takeMixingMemory = (): WasmMemory | undefined => {
  // The thread's own is the first that it made ready.
  const ready = memories.pop();
  return ready && takeReady(ready);
};

/** The code that mixes lanes, if it was compiled already. */
export const mixingModule = (): object | undefined => module;

/** Gives memory back to the system in the thread that was started ahead, if it has nothing to do; false when nobody does it. */
export const giveBackAhead = (used: readonly WasmMemory[]): boolean => {
  if (ahead?.loads !== true) return false;
  ahead.worker.postMessage({ used } satisfies GiveBackRequest);
  return true;
};

/** A thread takes part in the job; resolves when it has done what it took, or has ended without. */
export const startMixing = (job: LaneJob, memory: WasmMemory): Promise<void> =>
  new Promise((resolve) => {
    const kept = take();
    const idle = kept ?? createIdle({});
    const { worker, replies } = idle;
    const ended = (): void => resolve();
    // Out of memory, or no threads to be had.
    worker.once('error', ended).once('exit', ended);
    replies.on('message', function heard(told: IdleReply): void {
      if (told !== 'mixed') return;
      replies.off('message', heard);
      worker.off('error', ended).off('exit', ended);
      if (kept) {
        keep(kept);
        kept.loads = true;
        limitLater();
        worker.postMessage('load' satisfies LoadRequest);
      } else {
        replies.close();
        void endWorker(worker);
      }
      resolve();
    });
    worker.postMessage({ job, memory } satisfies MixRequest);
  });

/**
 * Before the program ends: nothing may end a thread by force that is loading native code (the libraries abort the process then). Resolves when it is gone,
 * or has no such code.
 */
export const endThreadAhead = async (): Promise<void> => {
  const idle = take();
  if (idle === undefined) return;
  idle.replies.close();
  // One that starts or gets ready ends with the process.
  if (idle.loads) await endWorker(idle.worker);
  else idle.worker.once('error', () => undefined).unref();
};
