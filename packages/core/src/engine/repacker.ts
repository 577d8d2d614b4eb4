import type { MasterKey } from '../repository/crypto.ts';
import { encodeHeader, type BlobType, type PackedBlob } from '../repository/pack.ts';
import { objectId } from '../repository/unpacked.ts';
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
  readonly bytes: Buffer;
  readonly blobs: readonly PackedBlob[];
}

interface OpenPack {
  readonly blobs: PackedBlob[];
  readonly bytes: Buffer;
  size: number;
}

/** Moves sealed blobs into new packs under a new header; nothing is opened. */
export class Repacker {
  readonly #key: MasterKey;
  readonly #write: (pack: Repacked) => Promise<void>;
  readonly #dataBytes: number;
  readonly #open = new Map<BlobType, OpenPack>();

  /** A pack is closed before it would hold more than `dataBytes` of sealed blobs. */
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
    open ??= { blobs: [], bytes: Buffer.allocUnsafeSlow(this.#roomFor(sealed)), size: 0 };
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

  #roomFor(first: Uint8Array): number {
    return Math.max(this.#dataBytes, first.byteLength) + mostHeaderBytes;
  }

  async #finish(type: BlobType, open: OpenPack): Promise<void> {
    this.#open.delete(type);
    const header = encodeHeader(this.#key, open.blobs);
    open.bytes.set(header, open.size);
    const bytes = open.bytes.subarray(0, open.size + header.byteLength);
    await this.#write({ id: objectId(bytes), bytes, blobs: open.blobs });
  }

  async flush(): Promise<void> {
    for (const [type, open] of this.#open) await this.#finish(type, open);
  }
}
