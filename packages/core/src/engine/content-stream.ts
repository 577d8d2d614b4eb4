import type { Chunker } from '../transform/transform.ts';
import type { BlobSealer } from './blob-sealer.ts';
import { copyBytes } from './copy-bytes.ts';
import type { SealedContent } from './messages.ts';

/**
 * The bytes of one file on their way into blobs. They are written into `room()`, counted with `wrote`, and cut as soon as the longest
 * chunk is there. The window holds two of those, so that little has to be moved. One content at a time; `finish` makes it ready for the next.
 */
export class ContentStream {
  readonly #chunker: Chunker;
  readonly #sealer: BlobSealer;
  readonly #window: Uint8Array;
  readonly #progress: (bytes: number) => void;
  #start = 0;
  #end = 0;
  #ids: Uint8Array[] = [];
  #size = 0;
  #newBlobs = 0;
  #newBytes = 0;
  #newPlainBytes = 0;

  constructor(chunker: Chunker, sealer: BlobSealer, progress: (bytes: number) => void) {
    this.#chunker = chunker;
    this.#sealer = sealer;
    this.#progress = progress;
    this.#window = chunker.buffer?.(chunker.maxSize * 2) ?? new Uint8Array(chunker.maxSize * 2);
  }

  /** Where the next bytes go; never empty. */
  room(): Uint8Array {
    if (this.#end === this.#window.byteLength) {
      this.#window.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    return this.#window.subarray(this.#end);
  }

  wrote(bytes: number): void {
    this.#end += bytes;
    while (this.#end - this.#start >= this.#chunker.maxSize) this.#cut(false);
  }

  /** Copies `bytes` in; for what does not come from a file of this machine. */
  push(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.byteLength;) {
      const room = this.room();
      const part = bytes.subarray(from, from + room.byteLength);
      copyBytes(part, room, 0);
      this.wrote(part.byteLength);
      from += part.byteLength;
    }
  }

  finish(): SealedContent {
    while (this.#start < this.#end) this.#cut(true);
    const content = {
      ids: joined(this.#ids),
      size: this.#size,
      newBlobs: this.#newBlobs,
      newBytes: this.#newBytes,
      newPlainBytes: this.#newPlainBytes,
    };
    this.reset();
    return content;
  }

  /** Forgets what was written; what is sealed already stays as unreferenced blobs. */
  reset(): void {
    this.#start = this.#end = this.#size = this.#newBlobs = this.#newBytes = this.#newPlainBytes = 0;
    this.#ids = [];
  }

  #cut(last: boolean): void {
    const length = this.#chunker.cut(this.#window.subarray(this.#start, this.#end), last);
    if (!(length > 0 && length <= this.#end - this.#start && length <= this.#chunker.maxSize)) {
      throw new RangeError(`chunker "${this.#chunker.id}" cut at ${length} of ${this.#end - this.#start} bytes`);
    }
    const sealed = this.#sealer.seal(this.#window.subarray(this.#start, this.#start + length), 'data');
    this.#ids.push(sealed.id);
    this.#size += length;
    if (sealed.newBytes > 0) {
      this.#newBlobs += 1;
      this.#newPlainBytes += length;
    }
    this.#newBytes += sealed.newBytes;
    this.#start += length;
    this.#progress(length);
  }
}

/** In memory of their own: a message to another thread takes along whatever else stands in the same, which Node shares among small buffers. */
const joined = (ids: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(ids.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const id of ids) {
    whole.set(id, at);
    at += id.byteLength;
  }
  return whole;
};
