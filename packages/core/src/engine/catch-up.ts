/** Brings packs that a replica is owed from its siblings, and the index files that name them. */
import { bodyOf, collect } from '../body.ts';
import { BackupError } from '../errors.ts';
import { indexKey, packKey } from '../repository/layout.ts';
import type { PackedBlob } from '../repository/pack.ts';
import type { Replica } from '../repository/replica.ts';

import { objectId } from '../repository/unpacked.ts';
import { sealIndex } from './index-batches.ts';
import { fetchPack } from './pack-fetcher.ts';
import type { IndexFileInfo } from './repository-index.ts';
import type { BlobTable } from './blob-table.ts';

export interface CatchUpContext {
  readonly table: BlobTable;
  readonly replicas: readonly Replica[];
  readonly files: ReadonlyMap<string, IndexFileInfo>;
  /** Whether a sibling whose reads cost money may be read. */
  readonly allowEgress: boolean;
  readonly onDamaged?: (replica: Replica, pack: string, error: BackupError) => void;
}

export interface CatchUpOptions {
  readonly signal: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
}

/** The packs that `mask` is owed, by number. */
export const owedPacks = (table: BlobTable, mask: number): number[] => {
  const owed: number[] = [];
  for (let pack = 0; pack < table.packs.count; pack += 1) if ((table.packs.owed(pack) & mask) !== 0) owed.push(pack);
  return owed;
};

/** Each is held in memory as a whole. */
const packsAtOnce = 3;

/** Copies packs to `target` and marks them present in the table; the blobs of each, by pack number, for an index file. */
export const copyPacks = async (
  context: CatchUpContext,
  target: Replica,
  packs: readonly number[],
  options: CatchUpOptions,
): Promise<ReadonlyMap<number, readonly PackedBlob[]>> => {
  const blobs = new Map<number, readonly PackedBlob[]>();
  const queue = packs.toReversed();
  const copySome = async (): Promise<void> => {
    for (let pack = queue.pop(); pack !== undefined; pack = queue.pop()) {
      blobs.set(pack, await copyPack(context, target, pack, options));
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(packsAtOnce, packs.length) }, copySome));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return blobs;
};

const copyPack = async (
  context: CatchUpContext,
  target: Replica,
  pack: number,
  { signal, onBytes }: CatchUpOptions,
): Promise<readonly PackedBlob[]> => {
  const { packs } = context.table;
  const id = packs.id(pack);
  const fetched = await fetchPack(id, siblingsOf(context, target, packs.presence(pack)), signal);
  for (const { replica, error } of fetched.bad) context.onDamaged?.(replica, id, error);
  await target.destination.put(packKey(id), bodyOf(fetched.bytes), { signal });
  packs.markPresent(pack, target.mask);
  onBytes?.(fetched.bytes.byteLength);
  return fetched.blobs;
};

const siblingsOf = (context: CatchUpContext, target: Replica, presence: number): Replica[] => {
  const holders = context.replicas.filter(({ mask }) => mask !== target.mask && (mask & presence) !== 0);
  const free = holders.filter(({ destination }) => !destination.capabilities.egressCost);
  const costly = holders.filter(({ destination }) => destination.capabilities.egressCost);
  const siblings = context.allowEgress ? [...free, ...costly] : free;
  if (siblings.length === 0)
    throw new BackupError('UNAVAILABLE', 'no other destination that can be read has what is missing');
  return siblings;
};

/**
 * Makes the index of `target` name the packs that were copied: an index file of a sibling goes over as it is when the target now has
 * all of its packs, so that converged replicas have equal names; the rest stands in a new one.
 */
export const indexCopied = async (
  context: CatchUpContext,
  target: Replica,
  copied: ReadonlyMap<number, readonly PackedBlob[]>,
  options: CatchUpOptions,
): Promise<void> => {
  const left = new Set(copied.keys());
  for (const file of context.files.values()) {
    if (left.size === 0) break;
    if (!file.packs.some((pack) => left.has(pack)) || (file.mask & target.mask) !== 0) continue;
    if (!file.packs.every((pack) => (context.table.packs.presence(pack) & target.mask) !== 0)) continue;
    const bytes = await readIndex(context, file, options.signal);
    if (!bytes) continue;
    await target.destination.put(indexKey(file.id), bodyOf(bytes), { signal: options.signal });
    file.mask |= target.mask;
    for (const pack of file.packs) left.delete(pack);
  }
  if (left.size === 0) return;
  const packs = [...left].map((pack) => ({ id: context.table.packs.id(pack), blobs: copied.get(pack) ?? [] }));
  const index = sealIndex(packs, target.masterKey, target.config.version);
  await target.destination.put(index.key, bodyOf(index.bytes), { signal: options.signal });
};

/** The bytes of an index file, from any replica whose copy has the right hash. */
const readIndex = async (
  context: CatchUpContext,
  file: IndexFileInfo,
  signal: AbortSignal,
): Promise<Buffer | undefined> => {
  for (const replica of context.replicas) {
    if ((replica.mask & file.mask) === 0) continue;
    try {
      const bytes = await collect(replica.destination.get(indexKey(file.id), { signal }));
      if (objectId(bytes) === file.id) return bytes;
    } catch {
      signal.throwIfAborted();
    }
  }
  return undefined;
};
