import type { ByteName } from '../../src/bytes.ts';
import type { BlobTable } from '../../src/engine/blob-table.ts';
import { objectId } from '../../src/repository/unpacked.ts';
import type { BlobReader } from '../../src/snapshot/blob-reader.ts';
import { type BuilderCounts, type Entry, newCounts } from '../../src/snapshot/directory.ts';
import { Emptied } from '../../src/snapshot/emptied.ts';
import type { KeptFolder } from '../../src/snapshot/folder-looks.ts';
import { rootNode } from '../../src/snapshot/snapshot-reader.ts';
import { openDirectory } from '../../src/snapshot/tree-entries.ts';
import { TreeReader } from '../../src/snapshot/tree-reader.ts';
import { TreeSealer, type TreeSealerParts } from '../../src/snapshot/tree-sealer.ts';

export interface SealedKept {
  /** Of the folder's tree. */
  readonly json: Uint8Array | undefined;
  readonly counts: BuilderCounts;
  /** How many trees were read. */
  readonly reads: number;
}

/** Seals a folder that was looked at. `stored`: the JSON of the trees that there are; `entries`: what was put into the folder. */
export const sealKept = async (
  kept: Omit<KeptFolder, 'tree'>,
  { before, stored: trees = [], entries }: Given,
): Promise<SealedKept> => {
  const stored = new Map([before, ...trees].map((json) => [objectId(json), json]));
  let reads = 0;
  const read = async (id: string): Promise<Uint8Array | undefined> => {
    reads += 1;
    return stored.get(id);
  };
  const blobs = { read } as unknown as BlobReader;
  const missing = {
    neededBy: (id: Uint32Array) => (stored.has(Buffer.from(id.buffer, id.byteOffset, 32).toString('hex')) ? 0 : 1),
  } as unknown as BlobTable;
  const pool = { tree: async (json: Buffer) => stored.set(objectId(json), json).size };
  const counts = newCounts();
  const emptied = new Emptied({ neededBy: () => 0 } as unknown as BlobTable);
  const parts = { table: missing, pool, trees: new TreeReader(blobs), blobs, counts, emptied };
  const sealer = new TreeSealer(parts as unknown as TreeSealerParts);
  const tree = objectId(before);
  const directory = openDirectory(rootNode(''), undefined, tree);
  directory.kept = { ...kept, tree };
  for (const [name, entry] of entries) directory.entries.set(name, entry);
  const { subtree = '' } = await sealer.seal(directory);
  return { json: stored.get(subtree), counts, reads };
};

interface Given {
  readonly before: Uint8Array;
  readonly stored?: readonly Uint8Array[];
  readonly entries: Iterable<readonly [ByteName, Entry]>;
}
