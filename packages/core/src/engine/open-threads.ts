import type { BlobOpener, SealedBlob } from './blob-opener.ts';
import { VerifyPool, type VerifySetup } from './verify-pool.ts';

/** So much is opened here before threads are worth their start. */
const worthThreads = 24 * 1024 * 1024;

/** Opens large blobs: here at first, in threads of their own once there have been enough of them. */
export class OpenThreads implements AsyncDisposable {
  readonly #here: BlobOpener;
  readonly #threads: number;
  readonly #setup: VerifySetup;
  #pool: VerifyPool | undefined;
  #bytes = 0;

  constructor(here: BlobOpener, threads: number, setup: VerifySetup) {
    this.#here = here;
    this.#threads = threads;
    this.#setup = setup;
  }

  /** As `BlobOpener.openInto`; both views stand on shared memory. */
  openInto(sealed: Uint8Array, blob: SealedBlob, target: Uint8Array): number | Promise<number> {
    this.#bytes += sealed.byteLength;
    if (this.#bytes < worthThreads) return this.#here.openInto(sealed, blob, target);
    this.#pool ??= new VerifyPool(this.#threads, this.#setup);
    return this.#pool.openInto(sealed, blob, target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.[Symbol.asyncDispose]();
  }
}
