import type { Clock } from '../clock.ts';
import type { MasterKey } from '../repository/crypto.ts';
import { encodeIndex } from '../repository/index-file.ts';
import { indexKey } from '../repository/layout.ts';
import { encodeUnpacked, objectId } from '../repository/unpacked.ts';
import type { FinishedPack } from './messages.ts';

/** An index file, sealed once for every replica that it is for. */
export interface SealedIndex {
  readonly id: string;
  readonly key: string;
  readonly bytes: Buffer;
  /** Numbers of the packs that it names: it goes to a replica once all of them stand there. */
  readonly packs: readonly number[];
  readonly mask: number;
}

/** restic closes an index at 50,000 blobs or after ten minutes: what a killed run can lose of its index, and the size of one file. */
const mostBlobs = 50_000;
const mostPacks = 512;
const mostAgeMs = 5 * 60_000;

interface Batch {
  readonly mask: number;
  readonly packs: FinishedPack[];
  readonly since: number;
  blobs: number;
}

/** Gathers finished packs into index files, one batch for each set of replicas. */
export class IndexBatches {
  readonly #key: MasterKey;
  readonly #version: number;
  readonly #clock: Clock;
  #batches: Batch[] = [];

  constructor(key: MasterKey, version: number, clock: Clock) {
    this.#key = key;
    this.#version = version;
    this.#clock = clock;
  }

  /** The index file that this pack filled, if it did. */
  add(pack: FinishedPack): SealedIndex | undefined {
    let batch = this.#batches.find(({ mask }) => mask === pack.mask);
    if (!batch) {
      batch = { mask: pack.mask, packs: [], since: this.#clock.now().getTime(), blobs: 0 };
      this.#batches.push(batch);
    }
    batch.packs.push(pack);
    batch.blobs += pack.blobs.length;
    const age = this.#clock.now().getTime() - batch.since;
    return batch.blobs >= mostBlobs || batch.packs.length >= mostPacks || age >= mostAgeMs
      ? this.#close(batch)
      : undefined;
  }

  closeAll(): SealedIndex[] {
    return [...this.#batches].map((batch) => this.#close(batch));
  }

  #close(batch: Batch): SealedIndex {
    this.#batches = this.#batches.filter((other) => other !== batch);
    const sealed = sealIndex(batch.packs, this.#key, this.#version);
    return { ...sealed, packs: batch.packs.map(({ pack }) => pack), mask: batch.mask };
  }
}

/** An index file over packs that are known with their blobs. */
export const sealIndex = (
  packs: readonly Pick<FinishedPack, 'id' | 'blobs'>[],
  key: MasterKey,
  version: number,
): { readonly id: string; readonly key: string; readonly bytes: Buffer } => {
  const bytes = encodeUnpacked(key, encodeIndex(packs), version);
  const id = objectId(bytes);
  return { id, key: indexKey(id), bytes };
};
