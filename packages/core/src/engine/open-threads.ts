import type { BlobOpener, SealedBlob } from './blob-opener.ts';

/** So much is opened here before threads are worth their start. */
const worthThreads = 24 * 1024 * 1024;

/** As `BlobOpener.openInto`, in other threads; both views stand on shared memory. */
export interface OpeningPool {
  openInto(sealed: Uint8Array, blob: SealedBlob, target: Uint8Array): Promise<number>;
}

/** Opens large blobs: here at first, in threads once there have been enough of them. */
export class OpenThreads {
  readonly #here: BlobOpener;
  readonly #pool: OpeningPool;
  #bytes = 0;

  constructor(here: BlobOpener, pool: OpeningPool) {
    this.#here = here;
    this.#pool = pool;
  }

  /** As `BlobOpener.openInto`; both views stand on shared memory. */
  openInto(sealed: Uint8Array, blob: SealedBlob, target: Uint8Array): number | Promise<number> {
    this.#bytes += sealed.byteLength;
    return (this.#bytes < worthThreads ? this.#here : this.#pool).openInto(sealed, blob, target);
  }
}
