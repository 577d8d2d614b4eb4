import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import { idOfKey, prefixOf } from '../repository/layout.ts';
import { readThrough } from '../repository/object-cache.ts';
import { byReadingCost, type Replica } from '../repository/replica.ts';
import { decodeSnapshot, type SnapshotFile } from '../repository/snapshot-file.ts';
import { nsFromTimestamp } from '../repository/timestamp.ts';
import { decodeUnpacked, objectId } from '../repository/unpacked.ts';

/** A snapshot and the replicas that list it. */
export interface ListedSnapshot {
  readonly id: string;
  readonly file: SnapshotFile;
  readonly mask: number;
  /** Name of the source, from the tag `source:NAME`; `undefined` for what another program made. */
  readonly source: string | undefined;
  readonly timeNs: bigint;
}

export interface SnapshotListing {
  /** Oldest first. */
  readonly snapshots: readonly ListedSnapshot[];
  /** A listing that failed: nothing is known of that replica's snapshots. */
  readonly failed: readonly { readonly replica: Replica; readonly error: BackupError }[];
  /** A snapshot file that could not be read from a replica; another one may have it whole. */
  readonly bad: readonly { readonly replica: Replica; readonly id: string; readonly error: BackupError }[];
}

/** A replica that lists a snapshot, and how large its copy is: one of another size than the others is damaged. */
interface Holder {
  readonly replica: Replica;
  readonly size: number;
}

const mostSnapshotBytes = 64 * 1024 * 1024;
const filesAtOnce = 16;
const sourceTag = 'source:';

export const sourceOf = (file: SnapshotFile): string | undefined =>
  file.tags?.find((tag) => tag.startsWith(sourceTag))?.slice(sourceTag.length);

export const tagOfSource = (name: string): string => `${sourceTag}${name}`;

/** All snapshots of all replicas; each is read once, from the first replica that has it whole. */
export const listSnapshots = async (replicas: readonly Replica[], signal: AbortSignal): Promise<SnapshotListing> => {
  const holders = new Map<string, Holder[]>();
  const failed: { replica: Replica; error: BackupError }[] = [];
  await Promise.all(
    replicas.map(async (replica) => {
      try {
        for await (const { key, size } of replica.destination.list(prefixOf('snapshots'), { signal })) {
          const id = idOfKey(key);
          if (id !== undefined) holders.set(id, [...(holders.get(id) ?? []), { replica, size }]);
        }
      } catch (error) {
        failed.push({ replica, error: toBackupError(error).with({ destination: replica.name }) });
      }
    }),
  );
  throwIfAborted(signal);
  const down = new Set(failed.map(({ replica }) => replica));
  const bad: { replica: Replica; id: string; error: BackupError }[] = [];
  const snapshots: ListedSnapshot[] = [];
  const ids = [...holders.keys()];
  for (let at = 0; at < ids.length; at += filesAtOnce) {
    const batch = ids.slice(at, at + filesAtOnce);
    const read = await Promise.all(
      batch.map((id) =>
        readSnapshot(
          id,
          (holders.get(id) ?? [])
            .filter(({ replica }) => !down.has(replica))
            .toSorted((a, b) => byReadingCost(a.replica, b.replica)),
          bad,
          signal,
        ),
      ),
    );
    snapshots.push(...read.filter((snapshot) => snapshot !== undefined));
  }
  snapshots.sort((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : a.id < b.id ? -1 : 1));
  return { snapshots, failed, bad };
};

const readSnapshot = async (
  id: string,
  holders: readonly Holder[],
  bad: { replica: Replica; id: string; error: BackupError }[],
  signal: AbortSignal,
): Promise<ListedSnapshot | undefined> => {
  const failed = new Set<Replica>();
  for (const { replica } of holders) {
    try {
      const bytes = await fetchSnapshot(id, replica, signal);
      const file = decodeSnapshot(decodeUnpacked(replica.masterKey, bytes, mostSnapshotBytes));
      for (const { replica: other } of holders.filter(({ size }) => size !== bytes.byteLength)) {
        if (!failed.has(other)) bad.push({ replica: other, id, error: damaged(id, other) });
        failed.add(other);
      }
      const whole = holders.filter((holder) => !failed.has(holder.replica));
      const mask = whole.reduce((sum, holder) => sum | holder.replica.mask, 0);
      return { id, file, mask, source: sourceOf(file), timeNs: nsFromTimestamp(file.time) };
    } catch (cause) {
      const error = toBackupError(cause, 'CORRUPT').with({ destination: replica.name });
      if (error.code === 'ABORTED') throw error;
      failed.add(replica);
      bad.push({ replica, id, error });
    }
  }
  return undefined;
};

/** The sealed bytes of a snapshot file; CORRUPT when their hash is not `id`. */
export const fetchSnapshot = async (id: string, replica: Replica, signal: AbortSignal): Promise<Buffer> => {
  const bytes = await readThrough(replica, { kind: 'snapshots', id }, signal);
  if (objectId(bytes) !== id) throw damaged(id, replica);
  return bytes;
};

const damaged = (id: string, { name }: Replica): BackupError =>
  new BackupError('CORRUPT', `snapshot ${id.slice(0, 8)} on "${name}" is damaged`).with({ destination: name });
