import { describe, expect, it } from 'vitest';
import { type ByteName, bytesFromText } from '../../src/bytes.ts';
import type { Node } from '../../src/repository/node.ts';
import { decodeTree, encodeTree, endsTree } from '../../src/repository/tree.ts';
import { objectId } from '../../src/repository/unpacked.ts';
import { buildNode } from '../../src/snapshot/build-node.ts';
import type { Entry } from '../../src/snapshot/directory.ts';
import { sealKept } from '../kit/seal-kept.ts';

const inner = encodeTree([]);
const name = bytesFromText('photos') as ByteName;
const info = { mode: 0o755, mtimeNs: 0n };
const folderNode: Node = {
  ...buildNode(name, 'dir', info, { zone: 'utc', deviceIds: 'hardlinks' }),
  subtree: objectId(inner),
};
const before = encodeTree([folderNode]);

const kept = {
  files: 0,
  bytes: 0,
  folders: [{ name, tree: objectId(inner), to: before.byteLength - endsTree.length }],
  others: [],
};

/** Of a folder that was the same but for what is in its one folder, for which this was put then. */
const sealWith = async (entry: Entry): Promise<{ nodes: readonly Node[]; filesNew: number; totalFiles: number }> => {
  const { json, counts } = await sealKept(
    { ...kept, isWritten: true, json: before },
    { before, stored: [inner], entries: [[name, entry]] },
  );
  return { nodes: decodeTree(json ?? Buffer.alloc(0)), ...counts };
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

describe('a folder in which only the tree of its folder is another', () => {
  const changed = { ...folderNode, subtree: 'd'.repeat(64) };
  const entries: readonly (readonly [ByteName, Entry])[] = [[name, { kind: 'node', node: changed, kept: false }]];
  const after = encodeTree([changed]).toString();

  it('is made of its list before, which is neither read nor decoded', async () => {
    const { json, counts, reads } = await sealKept({ ...kept, isWritten: true, json: before }, { before, entries });
    expect(Buffer.from(json ?? []).toString()).toBe(after);
    expect(before.toString(), 'what was given is another').toBe(encodeTree([folderNode]).toString());
    expect({ reads, changed: counts.dirsChanged, same: counts.dirsUnmodified }).toEqual({
      reads: 0,
      changed: 1,
      same: 0,
    });
  });

  it('has its list read once where that was too large to wait', async () => {
    const { json, reads } = await sealKept({ ...kept, isWritten: true }, { before, entries });
    expect([Buffer.from(json ?? []).toString(), reads]).toEqual([after, 1]);
  });

  it('is written anew where its list is not as we would write it', async () => {
    const strange = Buffer.from(before.toString().replace('"uid"', '"new_in_2030":true,"uid"'));
    const { json } = await sealKept(kept, { before: strange, entries });
    expect(Buffer.from(json ?? []).toString()).toBe(after);
  });
});
