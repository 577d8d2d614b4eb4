/** Replaces damaged and missing packs of one replica, from siblings, from parts of several copies, or blob by blob. */
import { bodyOf, collect } from '../body.ts';
import { sealIndex } from '../engine/index-batches.ts';
import { fetchPack } from '../engine/pack-fetcher.ts';
import { Repacker } from '../engine/repacker.ts';
import { openIndex } from '../engine/read-index-file.ts';
import { findSealed, openSealed, type SoundBlob } from '../engine/sealed-blob.ts';
import { throwIfAborted } from '../errors.ts';
import type { IndexPack } from '../repository/index-file.ts';
import { idOfKey, indexKey, mostStoredBytes, packKey, prefixOf } from '../repository/layout.ts';
import type { PackedBlob } from '../repository/pack.ts';
import type { Replica } from '../repository/replica.ts';
import type { Session } from './session.ts';

export interface HealedPacks {
  readonly replaced: number;
  /** Packs that could not be had whole; their sound blobs stand in new packs. */
  readonly rebuilt: number;
  /** Ids of blobs that nobody has. */
  readonly lostBlobs: readonly string[];
}

export const healPacks = async (session: Session, target: Replica, bad: readonly string[]): Promise<HealedPacks> => {
  const { signal } = session.pipeline;
  const siblings = session.replicas.filter((replica) => replica !== target);
  const beyond: string[] = [];
  let replaced = 0;
  for (const [done, id] of bad.entries()) {
    const progress = { done, total: bad.length, unit: 'packs' as const, current: id.slice(0, 8) };
    session.pipeline.emit({ type: 'work-progress', work: 'heal', destination: target.name, progress });
    try {
      const { bytes } = await fetchPack(id, [...siblings, target], { signal });
      await target.destination.put(packKey(id), bodyOf(bytes), { signal });
      replaced += 1;
    } catch {
      throwIfAborted(signal);
      beyond.push(id);
    }
  }
  if (beyond.length === 0) return { replaced, rebuilt: 0, lostBlobs: [] };
  return { replaced, rebuilt: beyond.length, lostBlobs: await salvage(session, target, new Set(beyond)) };
};

/**
 * What is left of packs that nobody has whole goes into new packs; then index files that no longer name the bad ones take the place of
 * those that did, and the bad packs go last. At each moment every sound blob is named.
 */
const salvage = async (session: Session, target: Replica, bad: ReadonlySet<string>): Promise<string[]> => {
  const { signal } = session.pipeline;
  const files = await readIndexFiles(target, signal);
  const isBad = (pack: IndexPack): boolean => bad.has(pack.id);
  const elsewhere = new Set(
    files.flatMap(({ packs }) => packs.filter((pack) => !isBad(pack)).flatMap((pack) => pack.blobs.map(keyOf))),
  );
  const made: IndexPack[] = [];
  const repacker = new Repacker(target.masterKey, async (pack) => {
    await target.destination.put(packKey(pack.id), bodyOf(pack.bytes), { signal });
    made.push({ id: pack.id, blobs: pack.blobs });
  });
  const lost: string[] = [];
  const sources = { table: session.index.table, replicas: session.replicas, codecs: session.codecs };
  for (const pack of files.flatMap(({ packs }) => packs.filter(isBad))) {
    const copies = await readCopies(session, pack.id);
    for (const blob of pack.blobs) {
      if (elsewhere.has(keyOf(blob))) continue;
      elsewhere.add(keyOf(blob));
      const sealed = soundPart(session, blob, copies) ?? (await findSealed(sources, blob, signal));
      if (sealed) await repacker.add({ ...blob, ...sealed });
      else lost.push(blob.id);
    }
  }
  await repacker.flush();
  await replaceIndex(target, { files, bad, made }, signal);
  for (const id of bad) await target.destination.delete(packKey(id), { signal });
  return lost;
};

const keyOf = ({ type, id }: Pick<PackedBlob, 'type' | 'id'>): string => `${type} ${id}`;

interface IndexFileContent {
  readonly id: string;
  readonly packs: readonly IndexPack[];
}

const readIndexFiles = async (target: Replica, signal: AbortSignal): Promise<IndexFileContent[]> => {
  const files: IndexFileContent[] = [];
  for await (const { key } of target.destination.list(prefixOf('index'), { signal })) {
    const id = idOfKey(key);
    if (id === undefined) continue;
    const bytes = await collect(target.destination.get(key, { signal }), mostStoredBytes.index);
    files.push({ id, packs: openIndex(target.masterKey, bytes) });
  }
  return files;
};

const readCopies = async (session: Session, pack: string): Promise<Buffer[]> => {
  const { signal } = session.pipeline;
  const copies = await Promise.all(
    session.replicas.map((replica) =>
      collect(replica.destination.get(packKey(pack), { signal })).catch(() => undefined),
    ),
  );
  throwIfAborted(signal);
  return copies.filter((copy) => copy !== undefined);
};

const soundPart = (session: Session, blob: PackedBlob, copies: readonly Buffer[]): SoundBlob | undefined => {
  for (const copy of copies) {
    const sealed = copy.subarray(blob.offset, blob.offset + blob.length);
    const plain = openSealed(session, sealed, { id: blob.id, compressed: blob.uncompressedLength !== undefined });
    if (plain) return { sealed, uncompressedLength: blob.uncompressedLength };
  }
  return undefined;
};

const replaceIndex = async (
  target: Replica,
  { files, bad, made }: { files: readonly IndexFileContent[]; bad: ReadonlySet<string>; made: readonly IndexPack[] },
  signal: AbortSignal,
): Promise<void> => {
  const old = files.filter(({ packs }) => packs.some(({ id }) => bad.has(id)));
  const packs = [...old.flatMap((file) => file.packs.filter(({ id }) => !bad.has(id))), ...made];
  const index = packs.length > 0 ? sealIndex(packs, target.masterKey, target.config.version) : undefined;
  if (index) await target.destination.put(index.key, bodyOf(index.bytes), { signal });
  for (const { id } of old) if (id !== index?.id) await target.destination.delete(indexKey(id), { signal });
};
