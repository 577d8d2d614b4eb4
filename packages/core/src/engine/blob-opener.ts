import { hash } from 'node:crypto';
import { BackupError } from '../errors.ts';
import { sealedOverhead, unsealInPlace, unsealInto, type MasterKey } from '../repository/crypto.ts';
import type { Codec } from '../transform/transform.ts';
import { isDirect } from '../transform/zstd.ts';

/** Blobs of chunkers are at most 8 MiB; other writers' may be larger. What a compressed blob may grow to. */
export const mostBlobBytes = 256 * 1024 * 1024;

export interface SealedBlob {
  /** SHA-256 of the content, hex. */
  readonly id: string;
  readonly compressed: boolean;
}

/**
 * From sealed bytes to proven content, in memory that is used again for the next blob: reading a repository makes no garbage. For one
 * thread, and one blob at a time.
 */
export class BlobOpener {
  readonly #key: MasterKey;
  readonly #decoders: readonly Codec[];
  #opened = new Uint8Array(0);
  #content = new Uint8Array(0);

  constructor(key: MasterKey, codecs: readonly Codec[]) {
    this.#key = key;
    this.#decoders = codecs.toReversed();
  }

  /** The content, good until the next call. CORRUPT when a byte of it, or of what it is sealed with, is another one. */
  open(sealed: Uint8Array, blob: SealedBlob): Uint8Array {
    return proven(this.openUnproven(sealed, blob), blob);
  }

  /**
   * The same, authentic as far as its seal goes: its hash is still to be compared with its id. Where the sealed bytes are `spent` by it, the content takes
   * their place if it is not compressed, so that less memory passes through the processor's cache.
   */
  openUnproven(
    sealed: Uint8Array,
    { compressed, spent = false }: Pick<SealedBlob, 'compressed'> & { readonly spent?: boolean },
  ): Uint8Array {
    if (spent && !compressed) return unsealInPlace(this.#key, sealed);
    let content = this.#unsealed(sealed);
    if (compressed) for (const codec of this.#decoders) content = this.#decode(codec, content);
    return content;
  }

  /** The same as `open` into `target`, from its start. How many bytes the content has: when there are more than `target` has room for, none is there. */
  openInto(sealed: Uint8Array, blob: SealedBlob, target: Uint8Array): number {
    const [only] = this.#decoders;
    if (!blob.compressed && sealed.byteLength - sealedOverhead <= target.byteLength)
      return proven(target.subarray(0, unsealInto(this.#key, sealed, target)), blob).byteLength;
    if (blob.compressed && this.#decoders.length === 1 && only && isDirect(only)) {
      const content = only.decodeInto(this.#unsealed(sealed), target);
      if (content) return proven(content, blob).byteLength;
    }
    const content = this.open(sealed, blob);
    if (content.byteLength <= target.byteLength) target.set(content);
    return content.byteLength;
  }

  #unsealed(sealed: Uint8Array): Uint8Array {
    const room = sealed.byteLength - sealedOverhead;
    if (this.#opened.byteLength < room) this.#opened = new Uint8Array(roomFor(room));
    return this.#opened.subarray(0, unsealInto(this.#key, sealed, this.#opened));
  }

  #decode(codec: Codec, bytes: Uint8Array): Uint8Array {
    if (this.#decoders.length > 1 || !isDirect(codec)) return codec.decode(bytes, mostBlobBytes);
    const size = codec.contentSize(bytes, mostBlobBytes);
    if (size === undefined) return codec.decode(bytes, mostBlobBytes);
    if (this.#content.byteLength < size) this.#content = new Uint8Array(roomFor(size));
    return codec.decodeInto(bytes, this.#content) ?? codec.decode(bytes, mostBlobBytes);
  }
}

const proven = (content: Uint8Array, { id }: SealedBlob): Uint8Array => provenBy(hash('sha256', content), content, id);

/** The content whose hash this is, when that is its id; else CORRUPT. */
export const provenBy = (hex: string, content: Uint8Array, id: string): Uint8Array => {
  if (hex === id) return content;
  throw new BackupError('CORRUPT', 'it has other bytes than its name says');
};

/** Some more than is needed, so that slightly larger blobs do not come with an allocation each. */
const roomFor = (bytes: number): number => Math.max(64 * 1024, Math.ceil(bytes * 1.25));
