import type { SealedBlob } from '../engine/blob-opener.ts';
import { maxBlobSize } from '../transform/transform.ts';

/** From sealed bytes to content, as `BlobOpener.openInto`; here or in another thread. */
export type OpenInto = (sealed: Uint8Array, blob: SealedBlob, target: Uint8Array) => number | Promise<number>;

/** Memory for one blob at a time on its way from a replica to a file: used again for the next one, and shared with other threads. */
export class BlobRoom {
  #sealed = new SharedArrayBuffer(0);
  // What is not written to takes no memory.
  #content = new SharedArrayBuffer(maxBlobSize);

  /** Room for the sealed bytes. */
  sealed(bytes: number): Uint8Array {
    if (this.#sealed.byteLength < bytes) this.#sealed = new SharedArrayBuffer(bytes);
    return new Uint8Array(this.#sealed, 0, bytes);
  }

  /** The content of a blob, good until the next one. */
  async open(sealed: Uint8Array, blob: SealedBlob, openInto: OpenInto): Promise<Uint8Array> {
    for (;;) {
      const content = new Uint8Array(this.#content);
      const size = await openInto(sealed, blob, content);
      if (size <= content.byteLength) return content.subarray(0, size);
      this.#content = new SharedArrayBuffer(size);
    }
  }
}
