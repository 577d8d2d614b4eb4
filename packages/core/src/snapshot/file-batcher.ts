import type { FileJob, FileResult } from '../engine/messages.ts';
import type { SealingPool } from '../engine/sealing-pool.ts';
import { onceATurn } from './once-a-turn.ts';

interface Waiting {
  readonly file: FileJob;
  readonly size: number;
  readonly resolve: (result: FileResult) => void;
  readonly reject: (error: unknown) => void;
}

/** One message to a worker carries so many files or bytes at most: small files cost a message between them, large ones one each. */
const filesInBatch = 128;
const bytesInBatch = 4 * 1024 * 1024;
/** What is less waits for more until whoever puts files has to wait himself: a message costs him as much as finding several files. */
const filesWorthSending = 32;
const bytesWorthSending = 512 * 1024;
/** Batches that workers have or are about to get: enough that none is idle. */
const batchesPerWorker = 2;
const mostWaiting = 1024;

/** Gathers files for the workers: a batch leaves when it is worth a message and a worker has room, and grows while none has. */
export class FileBatcher {
  readonly #pool: SealingPool;
  readonly #most: number;
  #waiting: Waiting[] = [];
  #bytes = 0;
  readonly #sendLater = onceATurn(() => this.#send());
  #underway = 0;
  #room: (() => void)[] = [];

  constructor(pool: SealingPool, threads: number) {
    this.#pool = pool;
    this.#most = threads * batchesPerWorker;
  }

  /** Resolves when there is room for more; the result comes later through `result`. */
  async put(file: FileJob, size: number): Promise<{ readonly result: Promise<FileResult> }> {
    const result = new Promise<FileResult>((resolve, reject) => {
      this.#waiting.push({ file, size, resolve, reject });
    });
    // Whoever waits for the directory sees the rejection; a run that is over may never get there.
    result.catch(() => undefined);
    this.#bytes += size;
    if (this.#waiting.length >= filesWorthSending || this.#bytes >= bytesWorthSending) this.#send();
    else this.#sendLater();
    if (this.#waiting.length >= mostWaiting) await new Promise<void>((resolve) => this.#room.push(resolve));
    return { result };
  }

  #send(): void {
    while (this.#underway < this.#most && this.#waiting.length > 0) {
      const batch = this.#take();
      this.#underway += 1;
      const cost = batch.reduce((sum, { size }) => sum + size + 4096, 0);
      void this.#pool
        .files(
          batch.map(({ file }) => file),
          cost,
        )
        .then(
          (results) => batch.forEach((waiting, i) => settle(waiting, results[i])),
          (error: unknown) => batch.forEach(({ reject }) => reject(error)),
        )
        .finally(() => {
          this.#underway -= 1;
          this.#send();
        });
    }
    if (this.#waiting.length < mostWaiting / 2) for (const resolve of this.#room.splice(0)) resolve();
  }

  #take(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { size } of this.#waiting) {
      if (count > 0 && (count >= filesInBatch || bytes + size > bytesInBatch)) break;
      bytes += size;
      count += 1;
    }
    this.#bytes -= bytes;
    return this.#waiting.splice(0, count);
  }
}

const settle = (waiting: Waiting, result: FileResult | undefined): void => {
  if (result) waiting.resolve(result);
  else waiting.reject(new TypeError('a worker answered without a result'));
};
