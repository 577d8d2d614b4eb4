import type { SealedBlob } from '../engine/blob-opener.ts';
import type { WorkerSetup } from '../engine/messages.ts';
import type { SharedView } from '../engine/shown-memory.ts';
import { ThreadPool } from '../engine/thread-pool.ts';
import { BackupError } from '../errors.ts';
import type { BatchFile, BatchOptions, BatchReport } from './file-batch.ts';

export interface RestoreSetup extends Pick<
  WorkerSetup,
  'masterKey' | 'chunker' | 'codecs' | 'polynomial' | 'transformSecret'
> {
  /** Four bytes; not zero when no further file is to be begun. */
  readonly stopped: SharedArrayBuffer;
}

/** A sealed blob, and where its content goes. */
export interface OpenRequest {
  readonly job: number;
  readonly sealed: SharedView;
  readonly blob: SealedBlob;
  readonly target: SharedView;
}
/** Files, and the memory that the sealed blobs of all of them stand in. */
export interface BatchRequest {
  readonly job: number;
  readonly files: readonly BatchFile[];
  readonly options: BatchOptions;
  readonly sealed: SharedView;
  /** Of each blob, in the order of the files and of their content: offset in the memory, length, and 1 where it is compressed. */
  readonly places: Uint32Array;
}
export interface RestoreReply {
  readonly job: number;
  /** Of the opened blob. */
  readonly size?: number;
  readonly problem?: string;
  readonly report?: BatchReport;
}

/** What a thread restores, in its memory. */
export interface SealedFiles {
  readonly files: readonly BatchFile[];
  readonly memory: Uint8Array;
  readonly places: Uint32Array;
}

/** Threads that open blobs and restore files, started when they are first asked. */
export class RestorePool implements AsyncDisposable {
  readonly #make: () => ThreadPool<RestoreReply>;
  readonly #stopped: Int32Array;
  #threads: ThreadPool<RestoreReply> | undefined;

  constructor(threads: number, setup: Omit<RestoreSetup, 'stopped'>) {
    const stopped = new SharedArrayBuffer(4);
    const module = import.meta.url.endsWith('.ts') ? './restore-worker.ts' : './restore-worker.js';
    this.#stopped = new Int32Array(stopped);
    this.#make = () => new ThreadPool(threads, new URL(module, import.meta.url), { ...setup, stopped });
  }

  /** They take a while to load. */
  start(): ThreadPool<RestoreReply> {
    this.#threads ??= this.#make();
    return this.#threads;
  }

  /** As `BlobOpener.openInto`; both views stand on shared memory. */
  async openInto(sealed: Uint8Array, blob: SealedBlob, target: Uint8Array): Promise<number> {
    const { size, problem } = await this.#ask((job, show): OpenRequest => ({
      job,
      sealed: show(sealed),
      blob,
      target: show(target),
    }));
    if (size === undefined) throw new BackupError('CORRUPT', problem ?? 'it was not opened');
    return size;
  }

  /** The memory is shared, and nobody changes it until then. */
  async restore({ files, memory, places }: SealedFiles, options: BatchOptions): Promise<BatchReport> {
    const { report } = await this.#ask((job, show): BatchRequest => ({
      job,
      files,
      options,
      sealed: show(memory),
      places,
    }));
    if (report === undefined) throw new TypeError('a batch without a report');
    return report;
  }

  /** Begins no further file. */
  stop(): void {
    Atomics.store(this.#stopped, 0, 1);
  }

  #ask(...request: Parameters<ThreadPool<RestoreReply>['ask']>): Promise<RestoreReply> {
    return this.start().ask(...request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads?.[Symbol.asyncDispose]();
  }
}
