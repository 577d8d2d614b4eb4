import { closeSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeIndex, type IndexPack } from '../../packages/core/src/repository/index-file.ts';
import { packKey } from '../../packages/core/src/repository/layout.ts';
import { writeObject } from '../../packages/core/src/repository/objects.ts';
import { type PackedBlob, packSizeOf } from '../../packages/core/src/repository/pack.ts';
import { encodeUnpacked } from '../../packages/core/src/repository/unpacked.ts';
import { noise } from '../data/noise.ts';
import type { OpenRepository } from './open-repository.ts';
import type { SyntheticSize } from './sizes.ts';

/** As restic fills its index files. */
const blobsInIndex = 50_000;
const idBytes = 32;
const shortest = 64;

/** A pack that nobody wrote: ids and lengths out of the seed. Every second one compresses to a half. */
export const syntheticPack = ({ packBytes, blobsInPack }: SyntheticSize, seed: number, number: number): IndexPack => {
  const random = noise(seed, number, (blobsInPack + 1) * (idBytes + 1));
  const idAt = (i: number): string => random.toString('hex', i * idBytes, (i + 1) * idBytes);
  const lots = random.subarray((blobsInPack + 1) * idBytes);
  const mean = packBytes / blobsInPack - shortest;
  let offset = 0;
  const blobs = Array.from({ length: blobsInPack }, (_, i): PackedBlob => {
    const length = shortest + Math.floor(mean * (0.5 + (lots[i] ?? 0) / 256));
    const place = { id: idAt(i + 1), type: 'data' as const, offset, length };
    offset += length;
    return i % 2 === 0 ? place : { ...place, uncompressedLength: length * 2 };
  });
  return { id: idAt(0), blobs };
};

/** A file of the pack's size with nothing in it, which takes no room. */
export const writeHole = (repository: string, pack: IndexPack, made: Set<string>): void => {
  const path = join(repository, packKey(pack.id));
  const folder = dirname(path);
  if (!made.has(folder)) mkdirSync(folder, { recursive: true });
  made.add(folder);
  const file = openSync(path, 'wx');
  ftruncateSync(file, packSizeOf(pack.blobs));
  closeSync(file);
};

/** Collects packs and writes an index file whenever there are as many blobs as one holds. */
export class IndexWriter {
  readonly #repository: OpenRepository;
  #packs: IndexPack[] = [];
  #blobs = 0;

  constructor(repository: OpenRepository) {
    this.#repository = repository;
  }

  async add(pack: IndexPack): Promise<void> {
    this.#packs.push(pack);
    this.#blobs += pack.blobs.length;
    if (this.#blobs >= blobsInIndex) await this.flush();
  }

  async flush(): Promise<void> {
    const { destination, key, config, signal } = this.#repository;
    if (this.#packs.length === 0) return;
    const bytes = encodeUnpacked(key, encodeIndex(this.#packs), config.version);
    await writeObject(destination, { kind: 'index', bytes }, { signal });
    this.#packs = [];
    this.#blobs = 0;
  }
}
