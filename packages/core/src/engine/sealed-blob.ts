/** Blobs as they stand sealed somewhere, each proven to be what its name says before it is moved. */
import { collect } from '../body.ts';
import { throwIfAborted } from '../errors.ts';
import { unseal } from '../repository/crypto.ts';
import { packKey } from '../repository/layout.ts';
import type { PackedBlob } from '../repository/pack.ts';
import type { Replica } from '../repository/replica.ts';
import { objectId } from '../repository/unpacked.ts';
import type { Codec } from '../transform/transform.ts';
import type { BlobTable, Place } from './blob-table.ts';
import { passingIdWords } from './ids.ts';

export interface SealedBlobSources {
  readonly table: BlobTable;
  /** In the order in which they are asked. */
  readonly replicas: readonly Replica[];
  readonly codecs: readonly Codec[];
}

export interface SoundBlob {
  readonly sealed: Uint8Array;
  readonly uncompressedLength: number | undefined;
}

const mostBlobBytes = 256 * 1024 * 1024;

/** The blob from whichever replica has it whole, in whichever pack; `undefined` when none has. */
export const findSealed = async (
  sources: SealedBlobSources,
  { id, type }: Pick<PackedBlob, 'id' | 'type'>,
  signal: AbortSignal,
): Promise<SoundBlob | undefined> => {
  const places = sources.table.places(passingIdWords(id), type === 'tree');
  for (const place of places) {
    for (const replica of holdersFirst(sources, place)) {
      try {
        const sealed = await readSealed(replica, sources.table.packs.id(place.pack), place, signal);
        const plain = openSealed(sources, sealed, { id, compressed: place.compressed });
        if (plain) return { sealed, uncompressedLength: place.compressed ? plain.byteLength : undefined };
      } catch {
        throwIfAborted(signal);
      }
    }
  }
  return undefined;
};

/** A replica whose index is damaged may have a pack that it does not list. */
const holdersFirst = ({ table, replicas }: SealedBlobSources, { pack }: Place): readonly Replica[] => {
  const lists = ({ mask }: Replica): boolean => (mask & table.packs.presence(pack)) !== 0;
  return [...replicas.filter(lists), ...replicas.filter((replica) => !lists(replica))];
};

const readSealed = async (
  { destination }: Replica,
  pack: string,
  { offset, length }: Place,
  signal: AbortSignal,
): Promise<Buffer> => {
  if (destination.capabilities.rangeReads) {
    return await collect(destination.get(packKey(pack), { signal, range: { offset, length } }));
  }
  const bytes = await collect(destination.get(packKey(pack), { signal }));
  return bytes.subarray(offset, offset + length);
};

/** The plain bytes when the sealed ones open and are what their name says. */
export const openSealed = (
  { replicas, codecs }: Pick<SealedBlobSources, 'replicas' | 'codecs'>,
  sealed: Uint8Array,
  { id, compressed }: { readonly id: string; readonly compressed: boolean },
): Uint8Array | undefined => {
  const [first] = replicas;
  if (!first) return undefined;
  try {
    let plain: Uint8Array = unseal(first.masterKey, sealed);
    if (compressed) plain = codecs.toReversed().reduce((bytes, codec) => codec.decode(bytes, mostBlobBytes), plain);
    return objectId(plain) === id ? plain : undefined;
  } catch {
    return undefined;
  }
};
