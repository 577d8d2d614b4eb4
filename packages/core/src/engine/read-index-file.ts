/** One index file, out of the first replica that has it whole. */
import { BackupError, toBackupError } from '../errors.ts';
import type { MasterKey } from '../repository/crypto.ts';
import { decodeIndex, type IndexPack } from '../repository/index-file.ts';
import { readThrough } from '../repository/object-cache.ts';
import { byReadingCost, type Replica } from '../repository/replica.ts';
import { decodeUnpacked, objectId } from '../repository/unpacked.ts';
import { entriesOfPacks, type IndexEntries } from './index-entries.ts';
import { scanIndex } from './scan-index.ts';

/** Of the JSON, decompressed; restic aims at 8 MiB a file. */
const mostIndexBytes = 512 * 1024 * 1024;

export interface FailedReplica {
  readonly replica: Replica;
  readonly error: BackupError;
}

/** The index files that a replica lists. */
export interface Listing {
  readonly replica: Replica;
  readonly sizes: ReadonlyMap<string, number>;
}

export interface ReadIndex {
  /** Absent when nobody has it whole. */
  readonly named?: IndexEntries;
  /** The replicas that have it whole. */
  readonly mask: number;
  /** Those that have it damaged or list it without having it. */
  readonly damaged: { readonly mask: number; readonly error: BackupError } | undefined;
  /** Those that did not answer: nothing is known of their index. */
  readonly failed: readonly FailedReplica[];
}

/**
 * From the first replica that has it whole. A copy of another size than the one that was read is damaged: its replica does not count as
 * having the file.
 */
export const readIndexFile = async (
  id: string,
  listings: readonly Listing[],
  signal: AbortSignal,
): Promise<ReadIndex> => {
  const holders = listings.filter(({ sizes }) => sizes.has(id)).toSorted((a, b) => byReadingCost(a.replica, b.replica));
  const failed: FailedReplica[] = [];
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

export const maskOf = (replicas: readonly Replica[]): number => replicas.reduce((sum, { mask }) => sum | mask, 0);

const openEntries = (key: MasterKey, bytes: Uint8Array): IndexEntries => {
  const json = decodeUnpacked(key, bytes, mostIndexBytes);
  return scanIndex(json) ?? entriesOfPacks(decodeIndex(json).packs);
};

/** The packs that an index file names. */
export const openIndex = (key: MasterKey, bytes: Uint8Array): readonly IndexPack[] =>
  decodeIndex(decodeUnpacked(key, bytes, mostIndexBytes)).packs;
