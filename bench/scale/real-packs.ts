import { bodyOf } from '@triplicate/core';
import { zstdCompressSync } from 'node:zlib';
import { seal } from '../../packages/core/src/repository/crypto.ts';
import type { IndexPack } from '../../packages/core/src/repository/index-file.ts';
import { packKey } from '../../packages/core/src/repository/layout.ts';
import { type BlobType, encodeHeader, type PackedBlob } from '../../packages/core/src/repository/pack.ts';
import { objectId } from '../../packages/core/src/repository/unpacked.ts';
import type { OpenRepository } from './open-repository.ts';

const fullAt = 16 * 1024 * 1024;

/** Blobs of one type in packs of the usual size, written with the format layer alone: no engine, no threads. */
export class RealPacks {
  /** Those that are written, for an index. */
  readonly written: IndexPack[] = [];
  readonly #repository: OpenRepository;
  readonly #type: BlobType;
  #blobs: PackedBlob[] = [];
  #parts: Buffer[] = [];
  #size = 0;

  constructor(repository: OpenRepository, type: BlobType) {
    this.#repository = repository;
    this.#type = type;
  }

  /** Its id. Nothing is looked for: who adds a blob twice has it twice. */
  async add(plain: Buffer): Promise<string> {
    const id = objectId(plain);
    const sealed = seal(this.#repository.key, zstdCompressSync(plain));
    const place = { offset: this.#size, length: sealed.byteLength, uncompressedLength: plain.byteLength };
    this.#blobs.push({ id, type: this.#type, ...place });
    this.#parts.push(sealed);
    this.#size += sealed.byteLength;
    if (this.#size >= fullAt) await this.close();
    return id;
  }

  async close(): Promise<void> {
    if (this.#blobs.length === 0) return;
    const { destination, key, signal } = this.#repository;
    const bytes = Buffer.concat([...this.#parts, encodeHeader(key, this.#blobs)]);
    const id = objectId(bytes);
    await destination.put(packKey(id), bodyOf(bytes), { signal });
    this.written.push({ id, blobs: this.#blobs });
    this.#blobs = [];
    this.#parts = [];
    this.#size = 0;
  }
}
