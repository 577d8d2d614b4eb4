import { expect, it } from 'vitest';
import { type ByteName, bytesFromText } from '../../src/bytes.ts';
import type { Node } from '../../src/repository/node.ts';
import { decodeTree, encodeTree } from '../../src/repository/tree.ts';
import { objectId } from '../../src/repository/unpacked.ts';
import type { BlobTable } from '../../src/engine/blob-table.ts';
import type { BlobReader } from '../../src/snapshot/blob-reader.ts';
import { buildNode } from '../../src/snapshot/build-node.ts';
import { type Entry, newCounts } from '../../src/snapshot/directory.ts';
import { Emptied } from '../../src/snapshot/emptied.ts';
import { openDirectory } from '../../src/snapshot/tree-entries.ts';
import { TreeReader } from '../../src/snapshot/tree-reader.ts';
import { TreeSealer, type TreeSealerParts } from '../../src/snapshot/tree-sealer.ts';

const inner = encodeTree([]);
const name = bytesFromText('photos') as ByteName;
const info = { mode: 0o755, mtimeNs: 0n };
const folderNode: Node = {
  ...buildNode(name, 'dir', info, { zone: 'utc', deviceIds: 'hardlinks' }),
  subtree: objectId(inner),
};
const before = encodeTree([folderNode]);

/** Of a folder that was the same but for what is in its one folder, for which this was put then. */
const sealWith = async (entry: Entry): Promise<{ nodes: readonly Node[]; filesNew: number; totalFiles: number }> => {
  const stored = new Map([inner, before].map((json) => [objectId(json), json]));
  const blobs = { read: async (id: string) => stored.get(id) } as unknown as BlobReader;
  const table = { neededBy: () => 0 } as unknown as BlobTable;
  const missing = {
    neededBy: (id: Uint32Array) => (stored.has(Buffer.from(id.buffer, id.byteOffset, 32).toString('hex')) ? 0 : 1),
  };
  const pool = { tree: async (json: Buffer) => stored.set(objectId(json), json).size };
  const counts = newCounts();
  const parts = { table: missing, pool, trees: new TreeReader(blobs), blobs, counts, emptied: new Emptied(table) };
  const sealer = new TreeSealer(parts as unknown as TreeSealerParts);
  const directory = openDirectory(folderNode, undefined, objectId(before));
  directory.kept = {
    tree: objectId(before),
    files: 0,
    bytes: 0,
    folders: [{ name, tree: objectId(inner) }],
    others: [],
  };
  directory.entries.set(name, entry);
  const { subtree = '' } = await sealer.seal(directory);
  return { nodes: decodeTree(stored.get(subtree) ?? Buffer.alloc(0)), ...counts };
};

it('keeps the file that took the place of a folder after that was looked at', async () => {
  const file = buildNode(
    name,
    'file',
    { ...info, size: 3 },
    { zone: 'utc', deviceIds: 'hardlinks', content: ['a'.repeat(64)] },
  );
  const { nodes, filesNew, totalFiles } = await sealWith({ kind: 'pending', node: Promise.resolve(file) });
  expect(nodes).toEqual([file]);
  expect([filesNew, totalFiles]).toEqual([1, 1]);
});

it('keeps the link that took the place of a folder after that was looked at', async () => {
  const link = buildNode(name, 'symlink', info, {
    zone: 'utc',
    deviceIds: 'hardlinks',
    linkTarget: bytesFromText('x'),
  });
  expect((await sealWith({ kind: 'node', node: link, kept: false })).nodes).toEqual([link]);
});

it('has nothing more of a folder that went, and was reported, after it was looked at', async () => {
  expect((await sealWith({ kind: 'pending', node: Promise.resolve(undefined) })).nodes).toEqual([]);
});
