import { describe, expect, it } from 'vitest';
import type { ByteName } from '../../src/bytes.ts';
import type { Node } from '../../src/repository/node.ts';
import { zeroTimestamp } from '../../src/repository/timestamp.ts';
import { encodeTree } from '../../src/repository/tree.ts';
import { TreeReader } from '../../src/snapshot/tree-reader.ts';

const id = (digit: string): string => digit.repeat(64);
const node = (name: string, more: Pick<Node, 'type'> & Partial<Node>): Node => ({
  name: name as ByteName,
  mtime: zeroTimestamp,
  atime: zeroTimestamp,
  ctime: zeroTimestamp,
  uid: 0,
  gid: 0,
  ...more,
});
const trees = new Map([
  [id('a'), [node('below', { type: 'dir', subtree: id('b') }), node('file', { type: 'file', content: [] })]],
  [id('b'), [node('file', { type: 'file', content: [] })]],
]);

const reader = (): { readonly trees: TreeReader; readonly asked: string[] } => {
  const asked: string[] = [];
  const read = async (tree: string): Promise<Buffer> => {
    asked.push(tree);
    return encodeTree(trees.get(tree) ?? []);
  };
  return { trees: new TreeReader({ read }), asked };
};

describe('a reader of trees', () => {
  it('keeps what it has read', async () => {
    const { trees: reads, asked } = reader();
    for (const tree of [id('a'), id('b'), id('a'), id('b')]) await reads.read(tree);
    expect(asked).toEqual([id('a'), id('b')]);
  });

  it('keeps what leads further, and not the folders that are read once, of which a restore of everything had all in memory', async () => {
    const { trees: reads, asked } = reader();
    for (const tree of [id('a'), id('b'), id('a'), id('b')])
      expect((await reads.readOnce(tree)).map(({ name }) => name)).toEqual(trees.get(tree)?.map(({ name }) => name));
    expect(asked).toEqual([id('a'), id('b'), id('b')]);
  });

  it('drops nothing that was there before', async () => {
    const { trees: reads, asked } = reader();
    await reads.read(id('b'));
    await reads.readOnce(id('b'));
    await reads.read(id('b'));
    expect(asked).toEqual([id('b')]);
  });
});
