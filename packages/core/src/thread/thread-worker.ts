/**
 * How every thread begins: it is told at its start what work it is for, or is started ahead and told later. Until then it mixes lanes of scrypt
 * for whoever opens a repository.
 */
import { enableCompileCache } from 'node:module';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { farewell } from '../engine/end-worker.ts';
import { makeReady, type ReadyMemory } from '../repository/mixing-memory.ts';
import { type LaneJob, LaneMixer } from '../repository/scrypt-lanes.ts';
import type { WasmMemory } from '../transform/wasm/webassembly.ts';
import { type CodePlace, keepCodeIn } from './kept-code.ts';
import { bindPort } from './thread-port.ts';

/** The module that a thread works by from now on, and what it has to know. */
export interface Work {
  readonly module: string;
  readonly setup: unknown;
}

export interface MixRequest {
  readonly job: LaneJob;
  readonly memory: WasmMemory;
}

/** Told to a thread that will be asked for more. */
export type LoadRequest = 'load';

/** Memory whose content nobody wants any more. */
export interface GiveBackRequest {
  readonly used: readonly WasmMemory[];
}

/** Said by a thread that has no work yet: that it has mixed what it took, or what it mixes with. */
export type IdleReply = 'mixed' | { readonly module: object };

/** Without work, which is told later. */
export interface IdleStart {
  readonly replies: MessagePort;
  /** Memory to make ready for lanes of scrypt meanwhile. */
  readonly ready?: readonly ReadyMemory[];
}

export type ThreadStart = ({ readonly work: Work } | { readonly idle: IdleStart }) & {
  /** Where compiled code of the program is kept. */
  readonly code?: CodePlace | undefined;
};

const port = parentPort;
if (port === null) throw new Error('this module runs as a worker');
const start = workerData as ThreadStart;
// Each thread has its own switch for it.
if (start.code !== undefined) {
  enableCompileCache(start.code.folder);
  keepCodeIn(start.code);
}

const workBy = async ({ module, setup }: Work): Promise<void> => {
  bindPort(port, setup);
  await import(module);
};

const mix = ({ job, memory }: MixRequest, { replies }: IdleStart): void => {
  const mixer = LaneMixer.create(job, memory);
  while (mixer?.mixNext() === true);
  replies.postMessage('mixed' satisfies IdleReply);
};

/** What most threads are for is here then when it is asked for. When it cannot be loaded, whoever asks is told. */
const loadAhead = (): void => void import('../engine/packer.ts').catch(() => undefined);

const giveBackHere = async ({ used }: GiveBackRequest): Promise<void> => {
  const { giveBack } = await import('../posix/give-back.ts');
  for (const { buffer } of used) giveBack(new Uint8Array(buffer));
};

const getReady = async ({ ready = [], replies }: IdleStart): Promise<void> => {
  const [own] = ready;
  if (own === undefined) return;
  LaneMixer.warmUp(own.memory);
  const { compiled: module } = LaneMixer;
  if (module) replies.postMessage({ module } satisfies IdleReply);
  for (const one of ready) await makeReady(one);
};

if ('work' in start) await workBy(start.work);
else {
  const { idle } = start;
  port.on('message', function wait(told: Work | MixRequest | LoadRequest | GiveBackRequest | typeof farewell): void {
    if (told === farewell) return port.close();
    if (told === 'load') return loadAhead();
    if ('job' in told) return mix(told, idle);
    if ('used' in told) return void giveBackHere(told).catch(() => undefined);
    port.off('message', wait);
    void workBy(told);
  });
  await getReady(idle);
}
