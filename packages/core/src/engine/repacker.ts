import { inParallel } from '../in-parallel.ts';
import type { MasterKey } from '../repository/crypto.ts';
import { encodeHeader, type BlobType, type PackedBlob } from '../repository/pack.ts';
import { objectIdBeside } from '../repository/unpacked.ts';
import { mostBlobsInPack, mostHeaderBytes, packDataBytes } from './pack-pool.ts';

/** A blob as it stands sealed in some pack, checked by the caller. */
export interface SealedBlob {
  readonly id: string;
  readonly type: BlobType;
  readonly sealed: Uint8Array;
  readonly uncompressedLength?: number | undefined;
}

export interface Repacked {
  readonly id: string;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly blobs: readonly PackedBlob[];
}

interface OpenPack {
  readonly blobs: PackedBlob[];
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  size: number;
}

/** Moves sealed blobs into new packs under a new header; nothing is opened. */
export class Repacker {
  readonly #key: MasterKey;
  readonly #write: (pack: Repacked) => Promise<void>;
  readonly #dataBytes: number;
  readonly #open = new Map<BlobType, OpenPack>();
  /** Of packs that are written; fresh memory for each would have to be cleared. Shared, since V8 looks for garbage whenever much of its own was made. */
  readonly #spare: Uint8Array<SharedArrayBuffer>[] = [];

  /** A pack is closed before it would hold more than `dataBytes` of sealed blobs. Its bytes are the next one's when `write` is done. */
  constructor(key: MasterKey, write: (pack: Repacked) => Promise<void>, dataBytes: number = packDataBytes) {
    this.#key = key;
    this.#write = write;
    this.#dataBytes = dataBytes;
  }

  /** Several may add at the same time. The bytes are copied, so that a small blob does not hold the pack that it was read with. */
  async add({ id, type, sealed, uncompressedLength }: SealedBlob): Promise<void> {
    let open = this.#open.get(type);
    while (open && (open.size + sealed.byteLength > this.#dataBytes || open.blobs.length >= mostBlobsInPack)) {
      await this.#finish(type, open);
      open = this.#open.get(type);
    }
    // What is never touched of it takes no memory.
    open ??= { blobs: [], bytes: this.#takeRoom(sealed), size: 0 };
    this.#open.set(type, open);
    const length = sealed.byteLength;
    open.blobs.push({
      id,
      type,
      offset: open.size,
      length,
      ...(uncompressedLength === undefined ? {} : { uncompressedLength }),
    });
    open.bytes.set(sealed, open.size);
    open.size += length;
  }

  #takeRoom(first: Uint8Array): Uint8Array<SharedArrayBuffer> {
    const bytes = Math.max(this.#dataBytes, first.byteLength) + mostHeaderBytes;
    const spare = this.#spare.pop();
    return spare !== undefined && spare.byteLength >= bytes ? spare : new Uint8Array(new SharedArrayBuffer(bytes));
  }

  async #finish(type: BlobType, open: OpenPack): Promise<void> {
    this.#open.delete(type);
    const header = encodeHeader(this.#key, open.blobs);
    open.bytes.set(header, open.size);
    const bytes = open.bytes.subarray(0, open.size + header.byteLength);
    await this.#write({ id: await objectIdBeside(bytes), bytes, blobs: open.blobs });
    this.#spare.push(open.bytes);
  }

  async flush(): Promise<void> {
    await inParallel([...this.#open], this.#open.size, ([type, open]) => this.#finish(type, open));
  }
}
