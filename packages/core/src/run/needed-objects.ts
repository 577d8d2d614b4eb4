/** Everything of a replica that its snapshots need, with the time when it was written. */
import { isBackupError } from '../errors.ts';
import { BlobUsage } from '../prune/blob-usage.ts';
import { markNeeded } from '../prune/needed.ts';
import { configKey, indexKey, keyFileKey, packKey, snapshotKey } from '../repository/layout.ts';
import { listObjects } from '../repository/objects.ts';
import type { Replica } from '../repository/replica.ts';
import type { Session } from './session.ts';

export interface NeededObject {
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

const small = [
  ['index', indexKey],
  ['snapshots', snapshotKey],
  ['keys', keyFileKey],
] as const;

/**
 * Reads the folder lists of all snapshots, and lists all objects. Where something cannot be read that says what is needed, every pack
 * counts: nobody gets the rest out of its protection by damaging one.
 */
export const neededObjects = async (session: Session, replica: Replica): Promise<readonly NeededObject[]> => {
  const { signal } = session.pipeline;
  const { destination } = replica;
  const packs = await neededPacks(session, replica);
  const objects: NeededObject[] = [];
  for await (const { id, modified } of listObjects(destination, 'data', { signal }))
    if (packs === undefined || packs.has(id)) objects.push({ key: packKey(id), modified: modified.getTime() });
  for (const [kind, keyOf] of small)
    for await (const { id, modified } of listObjects(destination, kind, { signal }))
      objects.push({ key: keyOf(id), modified: modified.getTime() });
  const config = await destination.stat(configKey, { signal });
  return config ? [...objects, { key: configKey, modified: config.modified.getTime() }] : objects;
};

/** Of a blob that stands in several packs, all of them; `undefined` when it cannot be told. */
const neededPacks = async (session: Session, replica: Replica): Promise<ReadonlySet<string> | undefined> => {
  const { pipeline, index, trees } = session;
  if (index.unreadable.length > 0) return undefined;
  const usage = new BlobUsage(index.memory.sorted);
  try {
    await markNeeded({ replica, usage, trees, signal: pipeline.signal, onProgress: () => undefined });
  } catch (error) {
    if (!isBackupError(error, 'CORRUPT')) throw error;
    return undefined;
  }
  const { packs } = index.table;
  const needed = new Set<string>();
  for (const { used, places } of usage.blobs())
    for (const { pack } of used ? places : [])
      if ((packs.presence(pack) & replica.mask) !== 0) needed.add(packs.id(pack));
  return needed;
};
