import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bytesFromText } from '../../src/bytes.ts';
import { DeepLook, entriesAtOnce } from '../../src/engine/deep-look.ts';
import { FolderLook } from '../../src/engine/look-at-folder.ts';
import type { LookedFolder } from '../../src/engine/messages.ts';
import { temporaryFolder } from '../../src/testing/index.ts';
import { treesOfFolder } from '../kit/trees-of-folder.ts';

const rules = { patterns: [], home: '/', base: '/', excludeLargerThan: undefined, oneFileSystem: false, marks: [] };

interface Known {
  /** Trees that are at hand. */
  readonly held: ReadonlyMap<string, Uint8Array>;
  /** How many replicas lack a blob. */
  readonly neededBy?: (id: Uint32Array, tree: boolean) => number;
}

const looker = async ({ held, neededBy = () => 0 }: Known): Promise<DeepLook> =>
  new DeepLook({
    look: await FolderLook.open({ neededBy }, rules),
    trees: { json: (tree) => held.get(tree) },
    table: { neededBy },
  });

const write = (root: string, ...paths: readonly string[]): void => {
  for (const path of paths) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), '');
  }
};

/** `a` holds folders of its own, `b` does not; what each says of them, by name. */
const lookAt = async (root: string, tree: Uint8Array, known: Known): Promise<LookedFolder | undefined> => {
  const [looked] = (await looker(known)).all([{ path: bytesFromText('r'), localPath: bytesFromText(root), tree }]);
  return looked;
};

const insideOf = (looked: LookedFolder | undefined): Record<string, unknown> =>
  Object.fromEntries((looked?.folders ?? []).map(({ name, inside }) => [name, inside]));

it('tells of a folder in a folder that all in it is the same, at any depth, or what is not', async () => {
  await using temporary = await temporaryFolder();
  const root = join(temporary.path, 'root');
  write(root, 'a/x/1', 'a/x/2', 'a/y/z/3', 'a/4', 'b/5', 'b/6', 'c/d/7', '8');
  const { root: id, trees } = treesOfFolder(root);
  const tree = trees.get(id) ?? Buffer.alloc(0);
  const same = await lookAt(root, tree, { held: trees });
  expect(same).toMatchObject({ files: 1, bytes: 0 });
  expect(insideOf(same)).toEqual({
    a: { same: { folders: 4, files: 4, bytes: 0 } },
    b: { same: { folders: 1, files: 2, bytes: 0 } },
    c: { same: { folders: 2, files: 1, bytes: 0 } },
  });
  // Its folder has another time then, and stands with the others of its own folder.
  writeFileSync(join(root, 'b/6'), 'more');
  writeFileSync(join(root, 'a/y/z/3'), 'more');
  const changed = await lookAt(root, tree, { held: trees });
  expect(insideOf(changed)['c']).toEqual({ same: { folders: 2, files: 1, bytes: 0 } });
  expect(insideOf(changed)['b']).toMatchObject({ looked: { files: 1, parts: [{}, { name: '6' }] } });
  expect(insideOf(changed)['a']).toMatchObject({
    looked: {
      files: 1,
      folders: [
        { name: 'x', inside: { same: { folders: 1, files: 2, bytes: 0 } } },
        { name: 'y', inside: { looked: { folders: [{ name: 'z', inside: { looked: { parts: [{ name: '3' }] } } }] } } },
      ],
    },
  });
  const { inside } = changed?.folders[1] ?? {};
  const told = inside && 'looked' in inside ? inside.looked?.json : undefined;
  expect(Buffer.from(told ?? []).toString(), 'its list comes along').toBe(
    trees.get(changed?.folders[1]?.tree ?? '')?.toString(),
  );
  // So does that of each folder that is another only in what its folders hold, of which it is said that ids can be put into it.
  const inA = changed?.folders[0]?.inside;
  const lookedA = inA && 'looked' in inA ? inA.looked : undefined;
  expect(lookedA).toMatchObject({ isWritten: true, folders: [{ name: 'x' }, { name: 'y' }] });
  expect(Buffer.from(lookedA?.json ?? []).toString()).toBe(trees.get(changed?.folders[0]?.tree ?? '')?.toString());
  expect(same).not.toHaveProperty('isWritten');
  rmSync(join(root, 'c/d'), { recursive: true });
  expect(insideOf(await lookAt(root, tree, { held: trees }))['c']).toBeUndefined();
});

it('does not say that a list is as we would write it, of another one', async () => {
  await using temporary = await temporaryFolder();
  const root = join(temporary.path, 'root');
  write(root, 'a/1', 'a/2');
  const { root: id, trees } = treesOfFolder(root);
  const tree = trees.get(id) ?? Buffer.alloc(0);
  const lists = [
    tree,
    Buffer.from(tree.toString('latin1').trimEnd(), 'latin1'),
    Buffer.from(tree.toString('latin1').replace('"uid"', '"new_in_2030":true,"uid"'), 'latin1'),
    Buffer.from(tree.toString('latin1').replace(']}', '],"x":[]}'), 'latin1'),
  ];
  const looks = await Promise.all(lists.map((list) => lookAt(root, list, { held: new Map() })));
  expect(looks.map((looked) => [looked?.folders.length, looked?.isWritten])).toEqual([
    [1, true],
    [1, undefined],
    [1, undefined],
    [1, undefined],
  ]);
});

it('says nothing of what is in a folder whose list is not at hand, and not that all is the same where a replica lacks a list', async () => {
  await using temporary = await temporaryFolder();
  const root = join(temporary.path, 'root');
  write(root, 'a/x/1', 'b/2');
  const { root: id, trees } = treesOfFolder(root);
  const tree = trees.get(id) ?? Buffer.alloc(0);
  expect(insideOf(await lookAt(root, tree, { held: new Map() }))).toEqual({ a: undefined, b: undefined });
  const folderX = treesOfFolder(join(root, 'a/x')).root;
  const first = Buffer.from(folderX, 'hex').readUInt32LE(0);
  const neededBy = (words: Uint32Array, isTree: boolean): number => (isTree && words[0] === first ? 1 : 0);
  expect(insideOf(await lookAt(root, tree, { held: trees, neededBy }))).toMatchObject({
    a: { looked: { folders: [{ name: 'x', inside: { looked: { files: 1 } } }] } },
    b: { same: { files: 1 } },
  });
});

it('ends after so many entries, and leaves the rest to be asked for', async () => {
  await using temporary = await temporaryFolder();
  const root = join(temporary.path, 'root');
  const files = 100;
  const folders = Math.ceil(entriesAtOnce / files) + 5;
  for (let f = 0; f < folders; f += 1)
    write(root, ...Array.from({ length: files }, (_, i) => `folder-${String(f).padStart(3, '0')}/${i}`));
  const { root: id, trees } = treesOfFolder(root);
  const looked = await lookAt(root, trees.get(id) ?? Buffer.alloc(0), { held: trees });
  const inside = (looked?.folders ?? []).map((folder) => folder.inside !== undefined);
  expect(inside.filter((is) => is)).toHaveLength(Math.ceil(entriesAtOnce / (files + 1)));
  expect(inside.lastIndexOf(true)).toBeLessThan(inside.indexOf(false));
});
