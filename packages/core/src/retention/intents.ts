/** Forget intents on the replicas: read from all of them, and spread to those that lack some. */
import { bodyOf, collect } from '../body.ts';
import { type BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import { decodeIntents, encodeIntents, type Forgotten, intentKey, intentPrefix } from '../repository/intent-file.ts';
import { mostOwnBytes } from '../repository/layout.ts';
import type { Replica } from '../repository/replica.ts';
import { objectId } from '../repository/unpacked.ts';

/** By the id of the snapshot. */
export type Intents = ReadonlyMap<string, Forgotten>;

export interface ReplicaIntents {
  readonly replica: Replica;
  readonly intents: Intents;
  /** Names of the files that they stand in. */
  readonly files: readonly string[];
  /** A file that cannot be read; its siblings may have what it said. */
  readonly bad: readonly BackupError[];
}

export const readIntents = async (replica: Replica, signal: AbortSignal): Promise<ReplicaIntents> => {
  const files: string[] = [];
  const intents = new Map<string, Forgotten>();
  const bad: BackupError[] = [];
  for await (const { key } of replica.destination.list(intentPrefix, { signal })) files.push(key);
  for (const key of files) {
    try {
      const bytes = await collect(replica.destination.get(key, { signal }), mostOwnBytes);
      for (const one of decodeIntents(replica.masterKey, bytes)) addIntent(intents, one);
    } catch (cause) {
      throwIfAborted(signal);
      const error = toBackupError(cause, 'CORRUPT');
      // Another machine has joined several into one meanwhile.
      if (error.code === 'NOT_FOUND') continue;
      if (error.code !== 'CORRUPT') throw error;
      bad.push(error.with({ destination: replica.name, key }));
    }
  }
  return { replica, intents, files, bad };
};

/** What was forgotten by name stays so, whatever a policy says of it. */
const addIntent = (intents: Map<string, Forgotten>, one: Forgotten): void => {
  const known = intents.get(one.id);
  if (known === undefined || (known.by === 'policy' && one.by === 'name')) intents.set(one.id, one);
};

export const joinIntents = (all: readonly Iterable<Forgotten>[]): Intents => {
  const joined = new Map<string, Forgotten>();
  for (const some of all) for (const one of some) addIntent(joined, one);
  return joined;
};

/**
 * Writes all of them to a replica that lacks some, as one file; then the files that it takes the place of go, where that is possible. The
 * same intents are sealed once for all replicas by `sealIntents`.
 */
export const spreadIntents = async (
  { replica, files, intents }: ReplicaIntents,
  { sealed, wanted }: { readonly sealed: Buffer; readonly wanted: Intents },
  signal: AbortSignal,
): Promise<void> => {
  if ([...wanted.values()].every(({ id, by }) => intents.get(id)?.by === by)) return;
  const key = intentKey(objectId(sealed));
  await replica.destination.put(key, bodyOf(sealed), { signal });
  if (!replica.destination.capabilities.canDelete) return;
  for (const old of files) if (old !== key) await replica.destination.delete(old, { signal });
};

export const sealIntents = (intents: Intents, { masterKey, config }: Replica): Buffer =>
  encodeIntents(masterKey, [...intents.values()], config.version);
