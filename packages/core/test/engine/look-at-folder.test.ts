import { lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bytesFromText } from '../../src/bytes.ts';
import { FolderLook } from '../../src/engine/look-at-folder.ts';
import type { LookedFolder, LookOrders } from '../../src/engine/messages.ts';
import { writeXattr } from '../../src/posix/xattr.ts';
import { decodeTree, encodeTree } from '../../src/repository/tree.ts';
import { temporaryFolder } from '../../src/testing/index.ts';
import { nodeNow } from '../kit/node-now.ts';

const rules: LookOrders = {
  patterns: [],
  home: '/',
  base: '/',
  excludeLargerThan: undefined,
  oneFileSystem: false,
  marks: [],
};

/** What a snapshot has of an empty file, or of a link, of which nobody saw an extended attribute. */
const treeOf = (folder: string, name: string): Uint8Array =>
  encodeTree([nodeNow(bytesFromText(folder), { name: bytesFromText(name), ids: [] })]);

describe.skipIf(platform() !== 'linux')('extended attributes of a file that has not changed (Linux)', () => {
  const second = 1_000_000_000n;

  it('are looked at, but where the snapshot is known to have all of them and the ctime says that they are the same', async () => {
    await using temporary = await temporaryFolder();
    const folder = join(temporary.path, 'folder');
    mkdirSync(folder);
    writeFileSync(join(folder, 'file'), '');
    writeXattr(bytesFromText(join(folder, 'file')), bytesFromText('user.tag'), Buffer.from('x'));
    const tree = treeOf(folder, 'file');
    const changed = lstatSync(join(folder, 'file'), { bigint: true }).ctimeNs;
    const look = async (attributesReadAt?: bigint): Promise<boolean> => {
      const at = await FolderLook.open({ neededBy: () => 0 }, { ...rules, attributesReadAt });
      const looked = at.at({ path: bytesFromText('folder'), localPath: bytesFromText(folder), tree });
      expect(looked).toBeDefined();
      return looked?.parts === undefined;
    };
    expect(await look(), 'somebody else made the snapshot').toBe(false);
    expect(await look(changed + second), 'it changed just before').toBe(false);
    expect(await look(changed - 60n * second), 'it changed afterwards').toBe(false);
    expect(await look(changed + 60n * second), 'it changed long before').toBe(true);
    writeXattr(bytesFromText(join(folder, 'file')), bytesFromText('user.tag'), Buffer.from('y'));
    expect(await look(changed + 60n * second), 'another ctime').toBe(false);
  });

  it('are not asked for in the file system that a link leads to', async () => {
    await using temporary = await temporaryFolder();
    const folder = join(temporary.path, 'folder');
    mkdirSync(folder);
    symlinkSync('nowhere', join(folder, 'link'));
    const attributesReadAt = lstatSync(join(folder, 'link'), { bigint: true }).ctimeNs + 60n * second;
    const look = await FolderLook.open({ neededBy: () => 0 }, { ...rules, attributesReadAt });
    const tree = treeOf(folder, 'link');
    expect(look.at({ path: bytesFromText('folder'), localPath: bytesFromText(folder), tree })?.files).toBe(0);
    expect(look.at({ path: bytesFromText('folder'), localPath: bytesFromText(folder), tree })?.parts).toBeUndefined();
  });
});

describe('a folder in which something has changed', () => {
  const names = Array.from({ length: 9 }, (_, i) => `file-${i}`);

  const lookAt = async (folder: string, tree: Uint8Array): Promise<LookedFolder | undefined> => {
    const look = await FolderLook.open({ neededBy: () => 0 }, rules);
    return look.at({ path: bytesFromText('folder'), localPath: bytesFromText(folder), tree });
  };

  /** Of files, as they are now. */
  const treeNow = (folder: string): Buffer => {
    const nodes = names.flatMap((name) => decodeTree(treeOf(folder, name)));
    return encodeTree(nodes);
  };

  const setUp = (path: string): { folder: string; tree: Buffer } => {
    const folder = join(path, 'folder');
    mkdirSync(folder);
    for (const name of names) writeFileSync(join(folder, name), '');
    return { folder, tree: treeNow(folder) };
  };

  it('is told apart: what stays where it stands in the tree, what is another, new or gone', async () => {
    await using temporary = await temporaryFolder();
    const { folder, tree } = setUp(temporary.path);
    expect(await lookAt(folder, tree)).toEqual({ files: 9, bytes: 0, folders: [] });
    writeFileSync(join(folder, 'file-2'), 'more');
    rmSync(join(folder, 'file-5'));
    writeFileSync(join(folder, 'file-70'), 'new');
    const { parts = [], ...looked } = (await lookAt(folder, tree)) ?? {};
    expect(looked).toEqual({ files: 7, bytes: 0, folders: [] });
    const told = parts.map(({ name, from, to }) => {
      const text = tree.toString('latin1', from, to);
      return [name, [...text.matchAll(/"name":"(file-\d+)"/g)].map(([, found]) => found).join(' ')];
    });
    expect(told).toEqual([
      [undefined, 'file-0 file-1'],
      ['file-2', 'file-2'],
      [undefined, 'file-3 file-4'],
      [undefined, 'file-6 file-7'],
      ['file-70', ''],
      [undefined, 'file-8'],
    ]);
  });

  it('is left to the source when its list is not written as we write it, or next to nothing is the same', async () => {
    await using temporary = await temporaryFolder();
    const { folder, tree } = setUp(temporary.path);
    const strange = Buffer.from(tree.toString('latin1').replace('"uid"', '"new_in_2030":true,"uid"'), 'latin1');
    expect(await lookAt(folder, strange), 'nothing has to be copied').toMatchObject({ files: 9 });
    writeFileSync(join(folder, 'file-2'), 'more');
    expect(await lookAt(folder, tree)).toMatchObject({ files: 8 });
    expect(await lookAt(folder, strange)).toBeUndefined();
    expect(await lookAt(folder, Buffer.from(tree.toString('latin1').replace('},{', '}, {'), 'latin1'))).toBeUndefined();
    for (let i = 0; i < 10; i += 1) writeFileSync(join(folder, `new-${i}`), '');
    expect(await lookAt(folder, tree)).toBeUndefined();
  });
});
