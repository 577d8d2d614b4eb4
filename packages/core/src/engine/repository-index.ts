/** Reads the index files of all replicas into one blob table; a file that several have under one name is read once. */
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import { objectSizes } from '../repository/objects.ts';
import type { Replica } from '../repository/replica.ts';
import { BlobTable, type BlobTableMemory } from './blob-table.ts';
import { entryWords } from './blob-entry.ts';
import { DynamicBlobs } from './dynamic-blobs.ts';
import type { EntriesOfPack, IndexEntries } from './index-entries.ts';
import type { KeptIndex } from './kept-index.ts';
import type { KeptFile, KeptLists } from './kept-lists.ts';
import { PackTable } from './pack-table.ts';
import { type FailedReplica, type Listing, maskOf, readIndexFile } from './read-index-file.ts';
import { SortedBlobsBuilder } from './sorted-blobs.ts';

const filesAtOnce = 8;

/** An index file and the replicas that have it. */
export interface IndexFileInfo {
  readonly id: string;
  readonly packs: readonly number[];
  mask: number;
}

export interface LoadedIndex {
  readonly memory: BlobTableMemory;
  readonly table: BlobTable;
  readonly files: Map<string, IndexFileInfo>;
  readonly packNumbers: Map<string, number>;
  /** The length of each index file that is listed, on one of the replicas that list it. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Blobs that were read from index files; the others come out of what was kept. */
  readonly anew: number;
  /** Replicas whose index could not be listed or read: they take no part. */
  readonly failed: readonly FailedReplica[];
  /** Index files that are damaged or gone on the replicas that list them, though others may have them whole. */
  readonly unreadable: readonly { readonly id: string; readonly replicas: number; readonly error: BackupError }[];
}

/** `kept`: what was built before, to be taken instead of the files that it was made of. */
export const loadIndex = async (
  replicas: readonly Replica[],
  signal: AbortSignal,
  kept?: KeptIndex,
): Promise<LoadedIndex> => {
  const [{ listings, failed }, lists] = await Promise.all([listAll(replicas, signal), kept?.lists({ signal })]);
  let loading = new IndexLoading();
  if (kept && lists && areListed(lists.files, listings)) {
    if (await kept.begin(loading.builder, lists, { signal })) loading.begin(lists, listings);
    else loading = new IndexLoading();
  }
  const sizes = new Map(listings.flatMap((listing) => [...listing.sizes]));
  const ids = [...sizes.keys()].filter((id) => !loading.files.has(id)).toSorted();
  const unreadable: { id: string; replicas: number; error: BackupError }[] = [];
  for (let at = 0; at < ids.length; at += filesAtOnce) {
    const batch = ids.slice(at, at + filesAtOnce);
    const read = await Promise.all(batch.map((id) => readIndexFile(id, listings, signal)));
    for (const [i, id] of batch.entries()) {
      const result = read[i];
      if (result === undefined) continue;
      const { damaged, mask, named } = result;
      failed.push(...result.failed);
      if (damaged) unreadable.push({ id, replicas: damaged.mask, error: damaged.error });
      if (named) loading.add(id, named, mask);
    }
  }
  return { ...loading.end(), sizes, failed, unreadable };
};

/** Whether each of the files is there, wherever it is listed with the length that it had. */
const areListed = (files: readonly KeptFile[], listings: readonly Listing[]): boolean =>
  files.every(({ id, size }) => {
    const listed = listings.flatMap(({ sizes }) => sizes.get(id) ?? []);
    return listed.length > 0 && listed.every((other) => other === size);
  });

/** A table on the way. */
class IndexLoading {
  readonly builder = new SortedBlobsBuilder();
  readonly files = new Map<string, IndexFileInfo>();
  readonly #memory = PackTable.memory();
  readonly #packs = new PackTable(this.#memory);
  readonly #numbers = new Map<string, number>();
  #anew = 0;

  /** The entries stand in the builder already. */
  begin({ files, packs }: KeptLists, listings: readonly Listing[]): void {
    for (const { id, size } of packs) this.#newPack(id, size);
    for (const { id, packs: numbers } of files) {
      const mask = maskOf(listings.flatMap(({ sizes, replica }) => (sizes.has(id) ? [replica] : [])));
      for (const number of numbers) this.#packs.markPresent(number, mask);
      this.files.set(id, { id, mask, packs: numbers });
    }
  }

  add(id: string, { packs, words }: IndexEntries, mask: number): void {
    this.files.set(id, { id, mask, packs: packs.map((pack) => this.#add(pack, words, mask)) });
  }

  #add({ id, size, first, count }: EntriesOfPack, words: Uint32Array, mask: number): number {
    const known = this.#numbers.get(id);
    const number = known ?? this.#newPack(id, size);
    this.#packs.markPresent(number, mask);
    if (known === undefined) {
      this.builder.add(words.subarray(first * entryWords, (first + count) * entryWords), number);
      this.#anew += count;
    }
    return number;
  }

  #newPack(id: string, size: number): number {
    const number = this.#packs.allocate(0);
    this.#numbers.set(id, number);
    this.#packs.setId(number, Buffer.from(id, 'hex'), size);
    return number;
  }

  end(): Pick<LoadedIndex, 'memory' | 'table' | 'files' | 'packNumbers' | 'anew'> {
    const sorted = this.builder.build();
    const memory = { sorted, dynamic: DynamicBlobs.memory(), packs: this.#memory, control: BlobTable.control() };
    return { memory, table: new BlobTable(memory), files: this.files, packNumbers: this.#numbers, anew: this.#anew };
  }
}

const listAll = async (
  replicas: readonly Replica[],
  signal: AbortSignal,
): Promise<{ readonly listings: readonly Listing[]; readonly failed: FailedReplica[] }> => {
  const results = await Promise.all(
    replicas.map((replica) =>
      objectSizes(replica.destination, 'index', { signal }).then(
        (sizes): Listing => ({ replica, sizes }),
        (error: unknown) => ({ replica, error: toBackupError(error).with({ destination: replica.name }) }),
      ),
    ),
  );
  throwIfAborted(signal);
  return {
    listings: results.filter((result) => 'sizes' in result),
    failed: results.filter((result) => 'error' in result),
  };
};
