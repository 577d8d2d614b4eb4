/** Makes the index and the snapshot files of one replica readable again. */
import { bodyOf, collect } from '../body.ts';
import { adoptOrphans } from '../engine/adopt-orphans.ts';
import { sealIndex } from '../engine/index-batches.ts';
import { openIndex } from '../engine/read-index-file.ts';
import { loadIndex } from '../engine/repository-index.ts';
import { throwIfAborted, toBackupError, type BackupError } from '../errors.ts';
import { objectSizes } from '../repository/objects.ts';
import { mostStoredBytes, objectKey } from '../repository/layout.ts';
import type { Replica } from '../repository/replica.ts';
import { decodeUnpacked, objectId } from '../repository/unpacked.ts';

type Kind = 'index' | 'snapshots';

export interface HealedObjects {
  readonly replaced: number;
  /** Files that are damaged here and that no sibling has whole. */
  readonly lost: readonly DamagedObject[];
}

interface DamagedObject {
  readonly id: string;
  readonly error: BackupError;
}

const mostBytes = 512 * 1024 * 1024;

/** Replaces damaged snapshot files by a sibling's bytes, whose hash is the name. */
export const healSnapshots = async (
  target: Replica,
  siblings: readonly Replica[],
  signal: AbortSignal,
): Promise<HealedObjects> => {
  let replaced = 0;
  const lost: DamagedObject[] = [];
  for (const damaged of await findDamaged('snapshots', target, signal)) {
    const bytes = await fromSibling('snapshots', damaged.id, siblings, signal);
    if (!bytes) {
      lost.push(damaged);
      continue;
    }
    await target.destination.put(objectKey('snapshots', damaged.id), bodyOf(bytes), { signal });
    replaced += 1;
  }
  return { replaced, lost };
};

const findDamaged = async (kind: Kind, target: Replica, signal: AbortSignal): Promise<DamagedObject[]> => {
  const damaged: DamagedObject[] = [];
  for (const id of (await objectSizes(target.destination, kind, { signal })).keys()) {
    const error = await whatIsWrong(kind, id, target, signal);
    if (!error) continue;
    if (error.code !== 'CORRUPT' && error.code !== 'NOT_FOUND') throw error;
    damaged.push({ id, error });
  }
  return damaged;
};

const whatIsWrong = async (
  kind: Kind,
  id: string,
  replica: Replica,
  signal: AbortSignal,
): Promise<BackupError | undefined> => {
  try {
    const bytes = await collect(replica.destination.get(objectKey(kind, id), { signal }), mostStoredBytes[kind]);
    decodeUnpacked(replica.masterKey, bytes, mostBytes);
    return objectId(bytes) === id ? undefined : toBackupError(new Error('its bytes do not match its name'), 'CORRUPT');
  } catch (cause) {
    throwIfAborted(signal);
    return toBackupError(cause, 'CORRUPT');
  }
};

const fromSibling = async (
  kind: Kind,
  id: string,
  siblings: readonly Replica[],
  signal: AbortSignal,
): Promise<Buffer | undefined> => {
  for (const sibling of siblings) {
    try {
      const bytes = await collect(sibling.destination.get(objectKey(kind, id), { signal }), mostStoredBytes[kind]);
      decodeUnpacked(sibling.masterKey, bytes, mostBytes);
      if (objectId(bytes) === id) return bytes;
    } catch {
      throwIfAborted(signal);
    }
  }
  return undefined;
};

/**
 * Writes what an index file of a sibling says of packs that are not in `named`, which then has them: the file as it is when that is all of
 * it, a new one otherwise. A pack that two index files name is what `restic check` complains of. Returns the id of what was written.
 */
const writeUnnamed = async (
  target: Replica,
  { id, bytes, named }: { readonly id: string; readonly bytes: Buffer; readonly named: Set<string> },
  signal: AbortSignal,
): Promise<string | undefined> => {
  const packs = openIndex(target.masterKey, bytes);
  const unnamed = packs.filter((pack) => !named.has(pack.id));
  for (const pack of unnamed) named.add(pack.id);
  if (unnamed.length === 0) return undefined;
  const isWhole = unnamed.length === packs.length;
  const file = isWhole ? { id, bytes } : sealIndex(unnamed, target.masterKey, target.config.version);
  await target.destination.put(objectKey('index', file.id), bodyOf(file.bytes), { signal });
  return file.id;
};

interface Mending {
  readonly target: Replica;
  readonly siblings: readonly Replica[];
  /** Packs that an index file on the target names. */
  readonly named: Set<string>;
}

/** Damaged index files make room for what a sibling's copy says. `useless`: those of which nothing is needed any more. */
const replaceDamaged = async (
  { target, siblings, named }: Mending,
  signal: AbortSignal,
): Promise<{ readonly replaced: number; readonly useless: readonly string[] }> => {
  let replaced = 0;
  const useless: string[] = [];
  for (const { id } of await findDamaged('index', target, signal)) {
    const bytes = await fromSibling('index', id, siblings, signal);
    // Where nothing can be deleted, a pack that is named twice is the lesser evil.
    const known = target.destination.capabilities.canDelete ? named : new Set<string>();
    const written = bytes && (await writeUnnamed(target, { id, bytes, named: known }, signal));
    if (written !== id) useless.push(id);
    if (written !== undefined) replaced += 1;
  }
  return { replaced, useless };
};

/** Index files that are gone here and name packs that nothing here names, though all of them stand here: as a sibling has them. */
const bringIndexes = async ({ target, siblings, named }: Mending, signal: AbortSignal): Promise<number> => {
  const { files, table } = await loadIndex(siblings, signal);
  const stored = await objectSizes(target.destination, 'data', { signal });
  let brought = 0;
  for (const { id, packs } of files.values()) {
    const missing = packs.filter((pack) => !named.has(table.packs.id(pack)));
    if (missing.length === 0) continue;
    if (!missing.every((pack) => stored.get(table.packs.id(pack)) === table.packs.size(pack))) continue;
    const bytes = await fromSibling('index', id, siblings, signal);
    if (bytes && (await writeUnnamed(target, { id, bytes, named }, signal))) brought += 1;
  }
  return brought;
};

/**
 * After this every pack that stands on the replica whole is named by an index that can be read: damaged index files are replaced, what
 * nobody has is made anew out of the packs' own headers, and only then the damaged file goes.
 */
export const healIndex = async (
  target: Replica,
  siblings: readonly Replica[],
  signal: AbortSignal,
): Promise<{ replaced: number; adopted: number; removed: number }> => {
  const mending = { target, siblings, named: new Set((await loadIndex([target], signal)).packNumbers.keys()) };
  const { replaced, useless } = await replaceDamaged(mending, signal);
  const brought = await bringIndexes(mending, signal);
  const index = await loadIndex([target], signal);
  const adopted = await adoptOrphans(target, index, { signal, hashed: true });
  for (const id of useless) await target.destination.delete(objectKey('index', id), { signal });
  return { replaced: replaced + brought, adopted, removed: useless.length };
};
