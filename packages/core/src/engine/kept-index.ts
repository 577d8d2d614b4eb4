import { hkdfSync, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { CallOptions } from '../destination/destination.ts';
import type { MasterKey } from '../repository/crypto.ts';
import { SealedCache } from '../repository/sealed-cache.ts';
import { entryWords } from './blob-entry.ts';
import { decodeLists, encodeLists, type KeptLists } from './kept-lists.ts';
import type { LoadedIndex } from './repository-index.ts';
import { furtherWords, type SortedBlobsBuilder } from './sorted-blobs.ts';

/** So many entries take some eight megabytes. */
const usualPiece = 190_000;
/** Fewer are read from the repository as fast. */
const worthKeeping = 4096;
/** It is written anew when one in so many entries is not in it. */
const oneInSoMany = 8;
/** Of all repositories of this machine: two of some 20 million blobs. */
const limit = 2 * 1024 * 1024 * 1024;

interface KeptPiece {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export interface KeptIndexParts {
  readonly folder: string;
  readonly masterKey: MasterKey;
  readonly clock: Clock;
  /** Whole entries that one piece takes. */
  readonly entriesInPiece?: number;
}

/**
 * The table of a repository's blobs, sorted as it was when it was last put together from index files, sealed in a folder of this machine. Index files never
 * change under their names, so it holds as long as each of them is still listed, with the length that it had. What is damaged or gone of it costs time only.
 */
export class KeptIndex {
  readonly #cache: SealedCache;
  readonly #name: string;
  readonly #entriesInPiece: number;
  /** What there is, for who replaces it. */
  #last: KeptLists | undefined;

  constructor({ folder, masterKey, clock, entriesInPiece = usualPiece }: KeptIndexParts) {
    this.#entriesInPiece = entriesInPiece;
    this.#cache = new SealedCache({ folder, masterKey, clock, limit });
    const { encrypt, macK, macR } = masterKey;
    const secret = Buffer.concat([encrypt, macK, macR]);
    this.#name = Buffer.from(hkdfSync('sha256', secret, '', 'triplicate kept index 1', 16)).toString('hex');
  }

  /** What it lists, all but the entries. */
  async lists({ signal }: CallOptions): Promise<KeptLists | undefined> {
    const secret = Buffer.from(this.#name);
    const bytes = await this.#cache.read(this.#name, { signal, secret });
    this.#last = bytes && decodeLists(bytes);
    return this.#last;
  }

  /** Begins a table with its entries; false when they cannot be had: what was begun is of no use then. */
  async begin(builder: SortedBlobsBuilder, lists: KeptLists, { signal }: CallOptions): Promise<boolean> {
    const room = builder.begin(lists.entries, lists.further);
    for (const { name, from, to } of this.#pieces(lists)) {
      const bytes = await this.#cache.read(name, { signal, secret: Buffer.from(name) });
      if (bytes?.byteLength !== to - from) return false;
      room.set(bytes, from);
    }
    return true;
  }

  /** Keeps what was loaded, when it is worth that and all of it is known to be whole. Never rejects. */
  async keep(index: LoadedIndex, { signal }: CallOptions): Promise<void> {
    const { entries, count, further, furtherCount } = index.memory.sorted;
    if (index.failed.length > 0 || index.unreadable.length > 0) return;
    if (index.anew < worthKeeping || index.anew * oneInSoMany < count) return;
    const before = this.#last;
    const run = randomUUID();
    const lists = {
      run,
      entries: count,
      further: new Uint32Array(further, 0, furtherCount * furtherWords),
      ...filesAndPacks(index),
    };
    const head = encodeLists(lists);
    const bytes = new Uint8Array(entries, 0, count * entryWords * 4);
    try {
      for (const { name, from, to } of this.#pieces(lists)) {
        const isKept = await this.#cache.write(name, bytes.subarray(from, to), { signal, secret: Buffer.from(name) });
        if (!isKept) return await this.#drop(lists);
      }
      await this.#cache.write(this.#name, head, { signal, secret: Buffer.from(this.#name) });
      if (before) await this.#drop(before);
    } catch {
      await this.#drop(lists);
    }
  }

  async #drop(lists: KeptLists): Promise<void> {
    for (const { name } of this.#pieces(lists)) await this.#cache.remove(name);
  }

  /** Ranges of the bytes of all entries, by names that no other piece ever had. */
  *#pieces({ run, entries }: KeptLists): Generator<KeptPiece> {
    for (let first = 0; first < entries; first += this.#entriesInPiece) {
      const last = Math.min(entries, first + this.#entriesInPiece);
      yield { name: `${this.#name}/${run}/${first}`, from: first * entryWords * 4, to: last * entryWords * 4 };
    }
  }
}

const filesAndPacks = ({ files, sizes, table: { packs } }: LoadedIndex): Pick<KeptLists, 'files' | 'packs'> => ({
  files: [...files.values()].map(({ id, packs: numbers }) => ({ id, size: sizes.get(id) ?? 0, packs: numbers })),
  packs: Array.from({ length: packs.count }, (_, pack) => ({ id: packs.id(pack), size: packs.size(pack) })),
});
