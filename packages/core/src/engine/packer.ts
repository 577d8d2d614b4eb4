import { hash } from 'node:crypto';
import { type RunningHash, runningHash } from '../posix/running-hash.ts';
import { sealInto, sealedOverhead, type MasterKey } from '../repository/crypto.ts';
import { encodeHeader, type PackedBlob } from '../repository/pack.ts';
import type { BlobTable } from './blob-table.ts';
import type { FinishedPack } from './messages.ts';
import { mostBlobsInPack, type PackPool } from './pack-pool.ts';

interface OpenPack {
  readonly pack: number;
  readonly slot: number;
  readonly bytes: Uint8Array;
  readonly hash: RunningHash;
  readonly blobs: PackedBlob[];
  readonly type: 'data' | 'tree';
  readonly mask: number;
  size: number;
}

export interface Sealable {
  readonly id: string;
  readonly type: 'data' | 'tree';
  /** As it is sealed: encoded or plain. */
  readonly bytes: Uint8Array;
  readonly uncompressedLength?: number;
  /** The replicas that need it. */
  readonly mask: number;
}

/** Thrown inside a worker when the pool was stopped: the run is over. */
export class Stopped extends Error {}

/** Seals blobs into packs, one open pack for each type and set of replicas; one packer a thread. */
export class Packer {
  readonly #key: MasterKey;
  readonly #pool: PackPool;
  readonly #table: BlobTable;
  readonly #finished: (pack: FinishedPack) => void;
  #open: OpenPack[] = [];

  constructor(key: MasterKey, pool: PackPool, table: BlobTable, finished: (pack: FinishedPack) => void) {
    this.#key = key;
    this.#pool = pool;
    this.#table = table;
    this.#finished = finished;
  }

  /** The SHA-256 of a blob, and on the way that of what was sealed before. */
  idOf(plain: Uint8Array): Buffer {
    const open = this.#open.find(({ type }) => type === 'data');
    return open?.hash.beside(plain) ?? hash('sha256', plain, 'buffer');
  }

  /** Where the blob now stands; a pack that it fills is handed on. */
  add(blob: Sealable): { pack: number; offset: number; length: number } {
    const length = blob.bytes.byteLength + sealedOverhead;
    const open = this.#packFor(blob, length);
    const offset = open.size;
    sealInto(this.#key, blob.bytes, open.bytes, offset);
    const { id, type, uncompressedLength } = blob;
    open.blobs.push({ id, type, offset, length, ...(uncompressedLength === undefined ? {} : { uncompressedLength }) });
    open.size += length;
    open.hash.grow(open.size);
    return { pack: open.pack, offset, length };
  }

  #packFor(blob: Sealable, length: number): OpenPack {
    const open = this.#open.find((pack) => pack.type === blob.type && pack.mask === blob.mask);
    if (open && this.#pool.hasRoom(open.size, length) && open.blobs.length < mostBlobsInPack) return open;
    if (open) this.#finish(open);
    // Two sets of replicas for each type at most: more would tie up the buffers.
    const others = this.#open.filter((pack) => pack.type === blob.type);
    if (others.length >= 2 && others[0]) this.#finish(others[0]);
    return this.#begin(blob);
  }

  #begin(blob: Sealable): OpenPack {
    const slot = this.#pool.take();
    if (slot === undefined) throw new Stopped('the run is over');
    const pack = this.#table.packs.allocate(blob.mask);
    this.#table.packs.setSlot(pack, slot);
    const bytes = this.#pool.bytes(slot);
    const open: OpenPack = {
      pack,
      slot,
      bytes,
      hash: runningHash(bytes),
      blobs: [],
      type: blob.type,
      mask: blob.mask,
      size: 0,
    };
    this.#open.push(open);
    return open;
  }

  #finish(open: OpenPack): void {
    this.#open = this.#open.filter((other) => other !== open);
    const header = encodeHeader(this.#key, open.blobs);
    open.bytes.set(header, open.size);
    const size = open.size + header.byteLength;
    open.hash.grow(size);
    const id = open.hash.digest();
    const { pack, slot, mask, blobs } = open;
    this.#table.packs.setId(pack, id, size);
    this.#finished({ pack, slot, size, mask, id: id.toString('hex'), blobs });
  }

  /** Hands on what is open, however small. */
  flush(): void {
    for (const open of this.#open) this.#finish(open);
  }
}
