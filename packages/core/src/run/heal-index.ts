/** Makes the index and the snapshot files of one replica readable again. */
import { bodyOf, collect } from '../body.ts';
import { adoptOrphans } from '../engine/adopt-orphans.ts';
import { loadIndex } from '../engine/repository-index.ts';
import { throwIfAborted, toBackupError, type BackupError } from '../errors.ts';
import { objectSizes } from '../repository/objects.ts';
import { idOfKey, objectKey, prefixOf } from '../repository/layout.ts';
import type { Replica } from '../repository/replica.ts';
import { decodeUnpacked, objectId } from '../repository/unpacked.ts';

type Kind = 'index' | 'snapshots';

export interface HealedObjects {
  readonly replaced: number;
  /** Files that are damaged here and that no sibling has whole. */
  readonly lost: readonly { readonly id: string; readonly error: BackupError }[];
}

const mostBytes = 512 * 1024 * 1024;

/** Replaces damaged files by a sibling's bytes, whose hash is the name. */
export const healObjects = async (
  kind: Kind,
  target: Replica,
  siblings: readonly Replica[],
  signal: AbortSignal,
): Promise<HealedObjects> => {
  let replaced = 0;
  const lost: { id: string; error: BackupError }[] = [];
  const ids: string[] = [];
  for await (const { key } of target.destination.list(prefixOf(kind), { signal })) {
    const id = idOfKey(key);
    if (id !== undefined) ids.push(id);
  }
  for (const id of ids) {
    const error = await whatIsWrong(kind, id, target, signal);
    if (!error) continue;
    if (error.code !== 'CORRUPT' && error.code !== 'NOT_FOUND') throw error;
    const bytes = await fromSibling(kind, id, siblings, signal);
    if (!bytes) {
      lost.push({ id, error });
      continue;
    }
    await target.destination.put(objectKey(kind, id), bodyOf(bytes), { signal });
    replaced += 1;
  }
  return { replaced, lost };
};

const whatIsWrong = async (
  kind: Kind,
  id: string,
  replica: Replica,
  signal: AbortSignal,
): Promise<BackupError | undefined> => {
  try {
    const bytes = await collect(replica.destination.get(objectKey(kind, id), { signal }));
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
      const bytes = await collect(sibling.destination.get(objectKey(kind, id), { signal }));
      if (objectId(bytes) === id) return bytes;
    } catch {
      throwIfAborted(signal);
    }
  }
  return undefined;
};

/** Index files that are gone here and name packs that nothing here names, though all of them stand here: as a sibling has them. */
const bringIndexes = async (target: Replica, siblings: readonly Replica[], signal: AbortSignal): Promise<number> => {
  const own = await loadIndex([target], signal);
  const theirs = await loadIndex(siblings, signal);
  const stored = await objectSizes(target.destination, 'data', { signal });
  let brought = 0;
  for (const { id, packs } of theirs.files.values()) {
    const named = packs.map((pack) => ({ id: theirs.table.packs.id(pack), size: theirs.table.packs.size(pack) }));
    if (named.every((pack) => own.packNumbers.has(pack.id))) continue;
    if (own.files.has(id) || !named.every((pack) => stored.get(pack.id) === pack.size)) continue;
    const bytes = await fromSibling('index', id, siblings, signal);
    if (!bytes) continue;
    await target.destination.put(objectKey('index', id), bodyOf(bytes), { signal });
    brought += 1;
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
  const { replaced, lost } = await healObjects('index', target, siblings, signal);
  const brought = await bringIndexes(target, siblings, signal);
  const index = await loadIndex([target], signal);
  const adopted = await adoptOrphans(target, index, { signal, hashed: true });
  for (const { id } of lost) await target.destination.delete(objectKey('index', id), { signal });
  return { replaced: replaced + brought, adopted, removed: lost.length };
};
