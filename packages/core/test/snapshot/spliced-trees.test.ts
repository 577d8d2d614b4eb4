import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ByteName, BytePath } from '../../src/bytes.ts';
import { DeepLook } from '../../src/engine/deep-look.ts';
import type { FolderLook } from '../../src/engine/look-at-folder.ts';
import type { LookedChild, LookedFolder } from '../../src/engine/messages.ts';
import type { Node } from '../../src/repository/node.ts';
import { decodeTree, encodeTree, readTree, treeLimits } from '../../src/repository/tree.ts';
import { objectId } from '../../src/repository/unpacked.ts';
import type { Entry } from '../../src/snapshot/directory.ts';
import type { KeptFolder } from '../../src/snapshot/folder-looks.ts';
import { knownId, name, otherText } from '../engine/support/drawn-tree.ts';
import { sealKept } from '../kit/seal-kept.ts';
import { assert } from '../repository/support/assert.ts';

const time = '2026-11-29T04:29:56.123456789Z';
const fields: fc.Arbitrary<Partial<Node>> = fc.constantFrom<Partial<Node>>(
  {},
  {},
  {},
  { user: 'ann "x" \\ <é>', group: 'ünï' },
  { extendedAttributes: [{ name: 'user.x' as ByteName, value: Buffer.from('"]}') }] },
  { genericAttributes: '{"a":["}"]}' },
  { inode: 2n ** 64n - 1n, mode: 0o4755 },
);
const fate = fc.constantFrom('same', 'same', 'same', 'changed', 'changed', 'changed', 'gone', 'a file');

const drawnNode = fc.record({ name, isFolder: fc.boolean(), fields, fate });
const nodeOf = ({ name: called, isFolder, fields: more }: Drawn): Node => ({
  name: called,
  type: isFolder ? 'dir' : 'file',
  mtime: time,
  atime: time,
  ctime: time,
  uid: 0,
  gid: 1000,
  ...(isFolder ? { subtree: knownId } : { content: [knownId], size: 5 }),
  ...more,
});
type Drawn = typeof drawnNode extends fc.Arbitrary<infer T> ? T : never;

const drawnTree = fc
  .uniqueArray(drawnNode, { selector: ({ name: called }) => called, maxLength: 12 })
  .map((drawn) => drawn.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
/** As we write it, or as another program does. */
const writtenTree = drawnTree.chain((drawn) => {
  const json = encodeTree(drawn.map(nodeOf)).toString('latin1');
  const text = fc.oneof(fc.constant(json), otherText(json));
  return text.map((found) => ({ drawn, tree: Buffer.from(found, 'latin1') }));
});

/** The folders of a tree that can be read, but where it has another order or other folders than were drawn. */
const foldersOf = (tree: Uint8Array, drawn: readonly Drawn[]): LookedChild[] | undefined => {
  const folders: LookedChild[] = [];
  const names: string[] = [];
  try {
    readTree(tree, treeLimits, (node, _, to) => {
      names.push(node.name);
      if (node.subtree !== undefined) folders.push({ name: node.name, tree: node.subtree, to });
      return true;
    });
  } catch {
    return undefined;
  }
  const isAsDrawn = names.join('/') === drawn.map(({ name: called }) => called).join('/');
  return isAsDrawn ? folders : undefined;
};

/** What a thread says of a folder in which only the folders may hold something else. */
const lookedAt = (tree: Uint8Array, folders: readonly LookedChild[]): LookedFolder | undefined => {
  const look = { isLeftAlone: () => false, at: () => ({ files: 0, bytes: 0, folders }) } as unknown as FolderLook;
  const deep = new DeepLook({ look, trees: { json: () => undefined }, table: { neededBy: () => 0 } });
  return deep.all([{ path: 'a' as BytePath, localPath: '/a' as BytePath, tree }])[0];
};

const entryOf = (drawn: Drawn, { name: called, tree }: LookedChild): [ByteName, Entry][] => {
  if (drawn.fate === 'gone') return [];
  const node = nodeOf({ ...drawn, isFolder: drawn.fate !== 'a file', fields: {} });
  const subtree = drawn.fate === 'changed' ? objectId(Buffer.from(called, 'latin1')) : tree;
  const now = drawn.fate === 'a file' ? node : { ...node, subtree };
  return [[called, { kind: 'pending', node: Promise.resolve(now) }]];
};

it('have the bytes, and are counted, as those that are decoded and written anew', async () => {
  const spliced = { without: 0, reading: 0 };
  await assert.holdsLater(writtenTree, async ({ drawn, tree }) => {
    const folders = foldersOf(tree, drawn);
    if (folders === undefined) return;
    const looked = lookedAt(tree, folders);
    const entries = (): [ByteName, Entry][] =>
      folders.flatMap((folder) => {
        const of = drawn.find(({ name: called }) => called === folder.name);
        return of ? entryOf(of, folder) : [];
      });
    const kept: Omit<KeptFolder, 'tree'> = { files: 0, bytes: 0, folders, others: [] };
    const anew = await sealKept(kept, { before: tree, entries: entries() });
    expect(looked?.isWritten === true && !encodeTree(decodeTree(tree)).equals(tree)).toBe(false);
    const given = looked?.isWritten ? { isWritten: looked.isWritten } : {};
    const isSpliced = looked?.isWritten === true && anew.counts.dirsChanged > 0;
    for (const held of [{}, { json: tree }]) {
      const { json, counts, reads } = await sealKept(
        { ...kept, ...given, ...held },
        { before: tree, entries: entries() },
      );
      expect(Buffer.from(json ?? []).toString('latin1')).toBe(Buffer.from(anew.json ?? []).toString('latin1'));
      expect(counts).toEqual(anew.counts);
      if (isSpliced) spliced[reads === 0 ? 'without' : 'reading'] += 1;
    }
  });
  expect(spliced.without, 'none was spliced').toBeGreaterThan(5);
  expect(spliced.reading).toBeGreaterThan(5);
});
