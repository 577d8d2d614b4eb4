/** Finds packs that a run stored and, being killed, never named in an index, and uses them again. */
import { createHash } from 'node:crypto';
import { bodyOf, collect } from '../body.ts';
import { toBackupError } from '../errors.ts';
import { idOfKey, packKey, prefixOf } from '../repository/layout.ts';
import { decodeHeader, tailLengthOf, usualTail, type PackedBlob } from '../repository/pack.ts';
import type { Replica } from '../repository/replica.ts';
import type { BlobTable } from './blob-table.ts';
import { idWordsFromHex } from './ids.ts';
import { sealIndex } from './index-batches.ts';
import type { LoadedIndex } from './repository-index.ts';

export interface AdoptOptions {
  readonly signal: AbortSignal;
  /** Reads packs whole: one may have rotted where no index named it, or stand under the name of another. */
  readonly hashed?: boolean;
  /** Told of each before it is looked at. */
  readonly onPack?: () => void;
}

/** How many packs were taken up on this replica; each of them is in an index there when this resolves. */
export const adoptOrphans = async (
  replica: Replica,
  index: LoadedIndex,
  { signal, hashed = false, onPack }: AdoptOptions,
): Promise<number> => {
  const adopted: { readonly id: string; readonly blobs: readonly PackedBlob[]; readonly pack: number }[] = [];
  for await (const { key, size } of replica.destination.list(prefixOf('data'), { signal })) {
    const id = idOfKey(key);
    if (id === undefined) continue;
    const known = index.packNumbers.get(id);
    if (known !== undefined && (index.table.packs.presence(known) & replica.mask) !== 0) continue;
    onPack?.();
    const blobs = await readHeader(replica, id, size, signal);
    if (!blobs || blobs.length === 0) continue;
    if (hashed && (await hashOf(replica, id, signal)) !== id) continue;
    adopted.push({ id, blobs, pack: known ?? addPack(index, id, size, blobs) });
  }
  if (adopted.length === 0) return 0;
  const sealed = sealIndex(adopted, replica.masterKey, replica.config.version);
  await replica.destination.put(sealed.key, bodyOf(sealed.bytes), { signal });
  for (const { pack } of adopted) index.table.packs.markPresent(pack, replica.mask);
  index.files.set(sealed.id, { id: sealed.id, packs: adopted.map(({ pack }) => pack), mask: replica.mask });
  return adopted.length;
};

const addPack = (index: LoadedIndex, id: string, size: number, blobs: readonly PackedBlob[]): number => {
  const pack = index.table.packs.allocate(0);
  index.table.packs.setId(pack, Buffer.from(id, 'hex'), size);
  index.packNumbers.set(id, pack);
  addBlobs(index.table, pack, blobs);
  return pack;
};

export const addBlobs = (table: BlobTable, pack: number, blobs: readonly PackedBlob[]): void => {
  for (const { id, type, offset, length, uncompressedLength } of blobs) {
    table.add(idWordsFromHex(id), type === 'tree', {
      pack,
      offset,
      length,
      compressed: uncompressedLength !== undefined,
    });
  }
};

const hashOf = async ({ destination }: Replica, id: string, signal: AbortSignal): Promise<string> => {
  const hash = createHash('sha256');
  for await (const part of destination.get(packKey(id), { signal })) hash.update(part);
  return hash.digest('hex');
};

/** `undefined` for a pack that is damaged or cut off: it stays where it is and is not used. */
const readHeader = async (
  replica: Replica,
  id: string,
  size: number,
  signal: AbortSignal,
): Promise<PackedBlob[] | undefined> => {
  const read = (length: number): Promise<Buffer> => {
    const range = { offset: size - length, length };
    return collect(
      replica.destination.get(
        packKey(id),
        replica.destination.capabilities.rangeReads ? { signal, range } : { signal },
      ),
    );
  };
  try {
    const tail = await read(Math.min(size, usualTail));
    const needed = tailLengthOf(size, tail);
    return decodeHeader(replica.masterKey, size, needed <= tail.byteLength ? tail : await read(needed));
  } catch (error) {
    if (toBackupError(error, 'CORRUPT').code === 'CORRUPT') return undefined;
    throw error;
  }
};
