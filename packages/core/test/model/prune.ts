/** What another program's prune leaves on one replica: the same blobs in other packs under other indexes, and nothing unused. */
import { bodyOf } from '../../src/body.ts';
import type { MasterKey } from '../../src/repository/crypto.ts';
import { decodeIndex, encodeIndex, type IndexPack } from '../../src/repository/index-file.ts';
import { indexKey, packKey } from '../../src/repository/layout.ts';
import { encodeHeader, type PackedBlob } from '../../src/repository/pack.ts';
import { decodeUnpacked, encodeUnpacked, objectId } from '../../src/repository/unpacked.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';

export interface PruneOptions {
  readonly key: MasterKey;
  /** Blobs that stay, as `type id`. */
  readonly used: ReadonlySet<string>;
  readonly random: () => number;
}

const mostBytes = 64 * 1024 * 1024;

/** How many packs there are now. In the order that keeps every snapshot whole at each moment: packs, index, then the old ones go. */
export const pruneStore = async (store: MemoryStore, { key, used, random }: PruneOptions): Promise<number> => {
  const memory = new MemoryDestination({ store });
  const { signal } = new AbortController();
  const oldKeys = [...store.keys()].filter((name) => name.startsWith('index/') || name.startsWith('data/'));
  const blobs = shuffled(usedBlobs(store, key, used), random);
  const packs: IndexPack[] = [];
  for (const group of groupsOf(blobs, random)) {
    const pack = packOf(group, key);
    await memory.put(packKey(pack.id), bodyOf(pack.bytes), { signal });
    packs.push(pack);
  }
  const half = Math.floor(packs.length * random());
  for (const part of [packs.slice(0, half), packs.slice(half)].filter(({ length }) => length > 0)) {
    const bytes = encodeUnpacked(key, encodeIndex(part), 2);
    await memory.put(indexKey(objectId(bytes)), bodyOf(bytes), { signal });
  }
  for (const old of oldKeys) await memory.delete(old, { signal });
  return packs.length;
};

interface StoredBlob {
  readonly blob: PackedBlob;
  readonly sealed: Buffer;
}

const usedBlobs = (store: MemoryStore, key: MasterKey, used: ReadonlySet<string>): StoredBlob[] => {
  const found = new Map<string, StoredBlob>();
  for (const [name, { content }] of store) {
    if (!name.startsWith('index/')) continue;
    for (const pack of decodeIndex(decodeUnpacked(key, content, mostBytes)).packs) {
      const bytes = store.get(packKey(pack.id))?.content;
      for (const blob of pack.blobs) {
        const label = `${blob.type} ${blob.id}`;
        if (bytes === undefined || !used.has(label) || found.has(label)) continue;
        found.set(label, { blob, sealed: bytes.subarray(blob.offset, blob.offset + blob.length) });
      }
    }
  }
  return [...found.values()];
};

const shuffled = <T>(items: readonly T[], random: () => number): T[] =>
  items
    .map((item) => ({ item, lot: random() }))
    .toSorted((a, b) => a.lot - b.lot)
    .map(({ item }) => item);

/** Up to so many blobs of one type each, as restic keeps data and trees apart. */
const groupsOf = (blobs: readonly StoredBlob[], random: () => number): StoredBlob[][] => {
  const groups: StoredBlob[][] = [];
  for (const type of ['data', 'tree'] as const) {
    const own = blobs.filter(({ blob }) => blob.type === type);
    for (let at = 0; at < own.length;) {
      const size = 1 + Math.floor(random() * 12);
      groups.push(own.slice(at, at + size));
      at += size;
    }
  }
  return groups;
};

const packOf = (group: readonly StoredBlob[], key: MasterKey): IndexPack & { readonly bytes: Buffer } => {
  let offset = 0;
  const blobs = group.map(({ blob }): PackedBlob => {
    const moved = { ...blob, offset };
    offset += blob.length;
    return moved;
  });
  const bytes = Buffer.concat([...group.map(({ sealed }) => sealed), encodeHeader(key, blobs)]);
  return { id: objectId(bytes), blobs, bytes };
};
