import { lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bytesFromText } from '../../src/bytes.ts';
import { FolderLook } from '../../src/engine/look-at-folder.ts';
import type { LookOrders } from '../../src/engine/messages.ts';
import { OwnerNames } from '../../src/posix/owners.ts';
import { writeXattr } from '../../src/posix/xattr.ts';
import { encodeTree } from '../../src/repository/tree.ts';
import { buildNode } from '../../src/snapshot/build-node.ts';
import { temporaryFolder } from '../../src/testing/index.ts';

const rules: LookOrders = {
  patterns: [],
  home: '/',
  base: '/',
  excludeLargerThan: undefined,
  oneFileSystem: false,
  marks: [],
};

/** What a snapshot has of an empty file of which nobody saw an extended attribute. */
const treeOf = (folder: string, name: string, linkTarget?: string): Uint8Array => {
  const stat = lstatSync(join(folder, name), { bigint: true });
  const info = {
    mode: Number(stat.mode & 0o7777n),
    mtimeNs: stat.mtimeNs,
    ctimeNs: stat.ctimeNs,
    owner: new OwnerNames().of(Number(stat.uid), Number(stat.gid)),
    inode: stat.ino,
    device: stat.dev,
    links: stat.nlink,
    ...(linkTarget === undefined ? { size: 0 } : undefined),
  };
  const style = { zone: 'local', deviceIds: 'hardlinks' } as const;
  const more = linkTarget === undefined ? { content: [] } : { linkTarget: bytesFromText(linkTarget) };
  const type = linkTarget === undefined ? 'file' : 'symlink';
  return encodeTree([buildNode(bytesFromText(name), type, info, { ...style, ...more })]);
};

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
      return at.at({ path: bytesFromText('folder'), localPath: bytesFromText(folder), tree }) !== undefined;
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
    const tree = treeOf(folder, 'link', 'nowhere');
    expect(look.at({ path: bytesFromText('folder'), localPath: bytesFromText(folder), tree })).toBeDefined();
  });
});
