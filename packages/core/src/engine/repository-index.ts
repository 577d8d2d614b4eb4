/** Reads the index files of all replicas into one blob table; a file that several have under one name is read once. */
import { collect } from '../body.ts';
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import type { MasterKey } from '../repository/crypto.ts';
import { decodeIndex, type IndexPack } from '../repository/index-file.ts';
import { idOfKey, indexKey, prefixOf } from '../repository/layout.ts';
import type { Replica } from '../repository/replica.ts';
import { decodeUnpacked, objectId } from '../repository/unpacked.ts';
import { BlobTable, type BlobTableMemory } from './blob-table.ts';
import { DynamicBlobs } from './dynamic-blobs.ts';
import { PackTable } from './pack-table.ts';
import { SortedBlobsBuilder } from './sorted-blobs.ts';
import { headerSizeOf } from '../repository/pack.ts';

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
  /** Replicas whose index could not be listed: they take no part. */
  readonly failed: readonly { readonly replica: Replica; readonly error: BackupError }[];
  /** Index files that a replica lists and nobody can read. */
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
  const add = (pack: IndexPack, mask: number): number => {
    const known = packNumbers.get(pack.id);
    const number = known ?? packTable.allocate(0);
    packTable.markPresent(number, mask);
    if (known !== undefined) return number;
    packNumbers.set(pack.id, number);
    const last = pack.blobs.at(-1);
    const size = (last ? last.offset + last.length : 0) + headerSizeOf(pack.blobs);
    packTable.setId(number, Buffer.from(pack.id, 'hex'), size);
    for (const { id, type, offset, length, uncompressedLength } of pack.blobs) {
      builder.add(id, type === 'tree', { pack: number, offset, length, compressed: uncompressedLength !== undefined });
    }
    return number;
  };
  for (let at = 0; at < ids.length; at += filesAtOnce) {
    const batch = ids.slice(at, at + filesAtOnce);
    const read = await Promise.all(batch.map((id) => readIndexFile(id, listings, signal)));
    for (const [i, id] of batch.entries()) {
      const result = read[i];
      if (result === undefined) continue;
      if ('error' in result) unreadable.push({ id, replicas: result.mask, error: result.error });
      else files.set(id, { id, mask: result.mask, packs: result.packs.map((pack) => add(pack, result.mask)) });
    }
  }
  const memory = { sorted: builder.build(), dynamic: DynamicBlobs.memory(), packs, control: BlobTable.control() };
  return { memory, table: new BlobTable(memory), files, packNumbers, failed, unreadable };
};

const listAll = async (
  replicas: readonly Replica[],
  signal: AbortSignal,
): Promise<{ readonly listings: readonly Listing[]; readonly failed: LoadedIndex['failed'] }> => {
  const results = await Promise.all(
    replicas.map((replica) =>
      listIndex(replica, signal).catch((error: unknown) => ({
        replica,
        error: toBackupError(error).with({ destination: replica.name }),
      })),
    ),
  );
  throwIfAborted(signal);
  return {
    listings: results.filter((result) => 'sizes' in result),
    failed: results.filter((result) => 'error' in result),
  };
};

const listIndex = async (replica: Replica, signal: AbortSignal): Promise<Listing> => {
  const sizes = new Map<string, number>();
  for await (const { key, size } of replica.destination.list(prefixOf('index'), { signal })) {
    const id = idOfKey(key);
    if (id !== undefined) sizes.set(id, size);
  }
  return { replica, sizes };
};

type ReadIndex =
  | { readonly packs: readonly IndexPack[]; readonly mask: number }
  | { readonly error: BackupError; readonly mask: number };

/**
 * From the first replica that has it whole. A copy of another size than the one that was read is damaged: its replica does not count as
 * having the file.
 */
const readIndexFile = async (id: string, listings: readonly Listing[], signal: AbortSignal): Promise<ReadIndex> => {
  const holders = listings.filter(({ sizes }) => sizes.has(id));
  let failed = 0;
  let error: BackupError | undefined;
  for (const { replica, sizes } of holders) {
    try {
      const bytes = await collect(replica.destination.get(indexKey(id), { signal }));
      if (objectId(bytes) !== id) throw new BackupError('CORRUPT', `index ${id.slice(0, 8)} is damaged`);
      const packs = openIndex(replica.masterKey, bytes);
      const whole = holders.filter(
        (holder) => holder.sizes.get(id) === bytes.byteLength && !(failed & holder.replica.mask),
      );
      return {
        packs,
        mask: whole.reduce(
          (mask, holder) => mask | holder.replica.mask,
          sizes.get(id) === undefined ? 0 : replica.mask,
        ),
      };
    } catch (cause) {
      error = toBackupError(cause, 'CORRUPT').with({ destination: replica.name });
      if (error.code === 'ABORTED') throw error;
      failed |= replica.mask;
    }
  }
  return { error: error ?? new BackupError('NOT_FOUND', `no index ${id}`), mask: failed };
};

/** The packs that an index file names. */
export const openIndex = (key: MasterKey, bytes: Uint8Array): readonly IndexPack[] =>
  decodeIndex(decodeUnpacked(key, bytes, mostIndexBytes)).packs;
