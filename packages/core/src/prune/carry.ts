/** Moves what is needed out of packs that go into new ones, and names those in an index now and then, so that a later prune goes on from there. */
import { bodyOf, collectExactly } from '../body.ts';
import { sealIndex } from '../engine/index-batches.ts';
import { fetchPack } from '../engine/pack-fetcher.ts';
import { ownRooms } from '../engine/rooms.ts';
import { Repacker, type Repacked } from '../engine/repacker.ts';
import { isBackupError, throwIfAborted } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import type { IndexPack } from '../repository/index-file.ts';
import { packKey } from '../repository/layout.ts';
import { decodeHeader, type PackedBlob } from '../repository/pack.ts';
import type { Replica } from '../repository/replica.ts';
import { objectIdBeside } from '../repository/unpacked.ts';
import type { BlobUsage } from './blob-usage.ts';
import { refuse } from './needed.ts';
import type { PackUsage } from './pack-usage.ts';

export interface CarryParts {
  readonly replica: Replica;
  readonly usage: BlobUsage;
  readonly signal: AbortSignal;
  readonly packBytes?: number | undefined;
  readonly onProgress: (done: number, total: number) => void;
}

/** Each is held in memory as a whole. */
const packsAtOnce = 3;
const packsInIndex = 128;

/** When this resolves, everything that is needed of these packs stands in other packs that an index names. */
export const carryOver = async (packs: readonly PackUsage[], parts: CarryParts): Promise<void> => {
  const { replica, usage, signal, onProgress } = parts;
  const made: IndexPack[] = [];
  const publish = async (): Promise<void> => {
    if (made.length === 0) return;
    const index = sealIndex(made.splice(0), replica.masterKey, replica.config.version);
    await replica.destination.put(index.key, bodyOf(index.bytes), { signal });
  };
  const write = async (pack: Repacked): Promise<void> => {
    await replica.destination.put(packKey(pack.id), bodyOf(pack.bytes), { signal });
    made.push({ id: pack.id, blobs: pack.blobs });
    if (made.length >= packsInIndex) await publish();
  };
  const repacker = new Repacker(replica.masterKey, write, parts.packBytes);
  let begun = 0;
  const lend = ownRooms((bytes) => new SharedArrayBuffer(bytes));
  const mostBytes = packs.reduce((most, { size }) => Math.max(most, size), 0);
  await inParallel(packs, packsAtOnce, async (pack) => {
    throwIfAborted(signal);
    onProgress(begun, packs.length);
    begun += 1;
    // Each room as large as the largest takes: one that is too small for its next pack would be made anew.
    using room = lend(mostBytes);
    const { bytes, blobs } = await fetchWhole(pack, { replica, room: room.bytes.subarray(0, pack.size), signal });
    for (const blob of blobs) {
      if (!usage.takeFrom(pack.pack, blob.id, blob.type === 'tree')) continue;
      await repacker.add({ ...blob, sealed: bytes.subarray(blob.offset, blob.offset + blob.length) });
    }
  });
  await repacker.flush();
  await publish();
};

interface WholePack {
  readonly bytes: Uint8Array;
  readonly blobs: readonly PackedBlob[];
}

interface FetchParts {
  readonly replica: Replica;
  /** As large as the pack. */
  readonly room: Uint8Array<SharedArrayBuffer>;
  readonly signal: AbortSignal;
}

const fetchWhole = async (pack: PackUsage, parts: FetchParts): Promise<WholePack> => {
  const { replica, signal } = parts;
  const { id } = pack;
  try {
    return (await readWhole(pack, parts)) ?? (await fetchPack(id, [replica], { signal }));
  } catch (error) {
    throwIfAborted(signal);
    if (!isBackupError(error, 'CORRUPT') && !isBackupError(error, 'NOT_FOUND')) throw error;
    throw refuse(replica, `pack ${id.slice(0, 8)} is damaged or missing`, error);
  }
};

/** `undefined` when its hash is not its name: then an older version may be. The hash is computed beside the main thread. */
const readWhole = async (
  { id, size }: PackUsage,
  { replica, room, signal }: FetchParts,
): Promise<WholePack | undefined> => {
  const bytes = await collectExactly(replica.destination.get(packKey(id), { signal, room }), room);
  if ((await objectIdBeside(bytes)) !== id) return undefined;
  return { bytes, blobs: decodeHeader(replica.masterKey, size, bytes) };
};
