/** Reads the index files of all replicas into one blob table; a file that several have under one name is read once. */
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import type { MasterKey } from '../repository/crypto.ts';
import { decodeIndex, type IndexPack } from '../repository/index-file.ts';
import { readThrough } from '../repository/object-cache.ts';
import { objectSizes } from '../repository/objects.ts';
import { byReadingCost, type Replica } from '../repository/replica.ts';
import { decodeUnpacked, objectId } from '../repository/unpacked.ts';
import { BlobTable, type BlobTableMemory } from './blob-table.ts';
import { entryWords } from './blob-entry.ts';
import { DynamicBlobs } from './dynamic-blobs.ts';
import { entriesOfPacks, type EntriesOfPack, type IndexEntries } from './index-entries.ts';
import { PackTable } from './pack-table.ts';
import { scanIndex } from './scan-index.ts';
import { SortedBlobsBuilder } from './sorted-blobs.ts';

/** Of the JSON, decompressed; restic aims at 8 MiB a file. */
const mostIndexBytes = 512 * 1024 * 1024;
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
  /** Replicas whose index could not be listed or read: they take no part. */
  readonly failed: readonly { readonly replica: Replica; readonly error: BackupError }[];
  /** Index files that are damaged or gone on the replicas that list them, though others may have them whole. */
  readonly unreadable: readonly { readonly id: string; readonly replicas: number; readonly error: BackupError }[];
}

interface Listing {
  readonly replica: Replica;
  readonly sizes: ReadonlyMap<string, number>;
}

export const loadIndex = async (replicas: readonly Replica[], signal: AbortSignal): Promise<LoadedIndex> => {
  const { listings, failed } = await listAll(replicas, signal);
  const ids = [...new Set(listings.flatMap(({ sizes }) => [...sizes.keys()]))].toSorted();
  const packs = PackTable.memory();
  const packTable = new PackTable(packs);
  const builder = new SortedBlobsBuilder();
  const files = new Map<string, IndexFileInfo>();
  const packNumbers = new Map<string, number>();
  const unreadable: { id: string; replicas: number; error: BackupError }[] = [];
  const add = ({ id, size, first, count }: EntriesOfPack, words: Uint32Array, mask: number): number => {
    const known = packNumbers.get(id);
    const number = known ?? packTable.allocate(0);
    packTable.markPresent(number, mask);
    if (known !== undefined) return number;
    packNumbers.set(id, number);
    packTable.setId(number, Buffer.from(id, 'hex'), size);
    builder.add(words.subarray(first * entryWords, (first + count) * entryWords), number);
    return number;
  };
  for (let at = 0; at < ids.length; at += filesAtOnce) {
    const batch = ids.slice(at, at + filesAtOnce);
    const read = await Promise.all(batch.map((id) => readIndexFile(id, listings, signal)));
    for (const [i, id] of batch.entries()) {
      const result = read[i];
      if (result === undefined) continue;
      const { damaged, mask, named } = result;
      failed.push(...result.failed);
      if (damaged) unreadable.push({ id, replicas: damaged.mask, error: damaged.error });
      if (named) files.set(id, { id, mask, packs: named.packs.map((pack) => add(pack, named.words, mask)) });
    }
  }
  const memory = { sorted: builder.build(), dynamic: DynamicBlobs.memory(), packs, control: BlobTable.control() };
  return { memory, table: new BlobTable(memory), files, packNumbers, failed, unreadable };
};

const listAll = async (
  replicas: readonly Replica[],
  signal: AbortSignal,
): Promise<{ readonly listings: readonly Listing[]; readonly failed: LoadedIndex['failed'][number][] }> => {
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

interface ReadIndex {
  /** Absent when nobody has it whole. */
  readonly named?: IndexEntries;
  /** The replicas that have it whole. */
  readonly mask: number;
  /** Those that have it damaged or list it without having it. */
  readonly damaged: { readonly mask: number; readonly error: BackupError } | undefined;
  /** Those that did not answer: nothing is known of their index. */
  readonly failed: LoadedIndex['failed'];
}

/**
 * From the first replica that has it whole. A copy of another size than the one that was read is damaged: its replica does not count as
 * having the file.
 */
const readIndexFile = async (id: string, listings: readonly Listing[], signal: AbortSignal): Promise<ReadIndex> => {
  const holders = listings.filter(({ sizes }) => sizes.has(id)).toSorted((a, b) => byReadingCost(a.replica, b.replica));
  const failed: { replica: Replica; error: BackupError }[] = [];
  let damaged: ReadIndex['damaged'];
  const spoil = (mask: number, error: BackupError): void => {
    damaged = { mask: (damaged?.mask ?? 0) | mask, error: damaged?.error ?? error };
  };
  for (const { replica } of holders) {
    try {
      const bytes = await readThrough(replica, { kind: 'index', id }, signal);
      if (objectId(bytes) !== id) throw damagedIndex(id);
      const named = openEntries(replica.masterKey, bytes);
      const lost = (damaged?.mask ?? 0) | maskOf(failed.map((other) => other.replica));
      const whole = holders.filter(
        ({ sizes, replica: { mask } }) => sizes.get(id) === bytes.byteLength && !(lost & mask),
      );
      const others =
        maskOf(holders.map((holder) => holder.replica)) & ~lost & ~maskOf(whole.map((holder) => holder.replica));
      if (others !== 0) spoil(others, damagedIndex(id));
      return { named, mask: maskOf(whole.map((holder) => holder.replica)), damaged, failed };
    } catch (cause) {
      const error = toBackupError(cause, 'CORRUPT').with({ destination: replica.name });
      if (error.code === 'ABORTED') throw error;
      if (error.code === 'CORRUPT' || error.code === 'NOT_FOUND') spoil(replica.mask, error);
      else failed.push({ replica, error });
    }
  }
  return { mask: 0, damaged, failed };
};

const damagedIndex = (id: string): BackupError => new BackupError('CORRUPT', `index ${id.slice(0, 8)} is damaged`);

const maskOf = (replicas: readonly Replica[]): number => replicas.reduce((sum, { mask }) => sum | mask, 0);

const openEntries = (key: MasterKey, bytes: Uint8Array): IndexEntries => {
  const json = decodeUnpacked(key, bytes, mostIndexBytes);
  return scanIndex(json) ?? entriesOfPacks(decodeIndex(json).packs);
};

/** The packs that an index file names. */
export const openIndex = (key: MasterKey, bytes: Uint8Array): readonly IndexPack[] =>
  decodeIndex(decodeUnpacked(key, bytes, mostIndexBytes)).packs;
