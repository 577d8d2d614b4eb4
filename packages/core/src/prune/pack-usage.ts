/** How much of each pack is needed. */
import type { PackTable } from '../engine/pack-table.ts';
import type { BlobUsage } from './blob-usage.ts';

export interface PackUsage {
  /** Its number in the table. */
  readonly pack: number;
  readonly id: string;
  /** As stored, with its header. */
  readonly size: number;
  /** Sealed blobs that have to stay, in this pack and in no other. */
  readonly usedBytes: number;
  readonly usedBlobs: number;
  /** Sealed blobs that nothing needs, or that stay in another pack. */
  readonly unusedBytes: number;
  readonly holds: 'data' | 'tree' | 'both';
}

const none = 0;
const data = 1;
const tree = 2;

/**
 * Counts, and settles for each needed blob with several copies which one stays: the one in a pack that is needed most, so that the others
 * can go. A copy in a pack that is `leaving` stays only when there is no other.
 */
export const usageOfPacks = (usage: BlobUsage, packs: PackTable, leaving: ReadonlySet<number>): PackUsage[] => {
  const used = new Float64Array(packs.count);
  const usedBlobs = new Uint32Array(packs.count);
  const unused = new Float64Array(packs.count);
  const kinds = new Uint8Array(packs.count);
  const stay = (entry: number, { pack, length }: { readonly pack: number; readonly length: number }): void => {
    usage.settle(entry, pack);
    used[pack]! += length;
    usedBlobs[pack]! += 1;
  };
  for (const blob of usage.blobs()) {
    for (const { pack } of blob.places) kinds[pack]! |= blob.tree ? tree : data;
    const [only, ...further] = blob.places;
    if (blob.used && only && further.length === 0) stay(blob.entry, only);
    else if (!blob.used) for (const { pack, length } of blob.places) unused[pack]! += length;
  }
  for (const { entry, used: isUsed, places } of usage.blobs()) {
    if (!isUsed || places.length < 2) continue;
    const worth = ({ pack }: { readonly pack: number }): number =>
      leaving.has(pack) ? -1 : (used[pack] ?? 0) / ((used[pack] ?? 0) + (unused[pack] ?? 0) + 1);
    const best = places.reduce((a, b) => (worth(b) > worth(a) ? b : a));
    stay(entry, best);
    for (const place of places) if (place !== best) unused[place.pack]! += place.length;
  }
  return Array.from({ length: packs.count }, (_, pack) => ({
    pack,
    id: packs.id(pack),
    size: packs.size(pack),
    usedBytes: used[pack] ?? 0,
    usedBlobs: usedBlobs[pack] ?? 0,
    unusedBytes: unused[pack] ?? 0,
    holds: kinds[pack] === tree ? 'tree' : kinds[pack] === data || kinds[pack] === none ? 'data' : 'both',
  }));
};
