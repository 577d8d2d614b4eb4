import { join } from 'node:path';
import { bytesFromText } from '@triplicate/core';
import { temporaryFolder } from '@triplicate/core/testing';
import { expect, it } from 'vitest';
import { DeepLook } from '../../packages/core/src/engine/deep-look.ts';
import { FolderLook } from '../../packages/core/src/engine/look-at-folder.ts';
import { encodeTree } from '../../packages/core/src/repository/tree.ts';
import { mountTmpfs, noMounts, unmount } from '../kit/mounts.ts';

it.skipIf(noMounts)('a folder in another file system is not listed by a thread where a run stays in one', async () => {
  await using temporary = await temporaryFolder();
  const mounted = join(temporary.path, 'mounted');
  mountTmpfs(mounted, 1_000_000);
  try {
    const answer = async (path: string, oneFileSystem: boolean): Promise<unknown> => {
      const rules = { patterns: [], home: '/', base: '/', excludeLargerThan: undefined, oneFileSystem, marks: [] };
      const table = { neededBy: () => 0 };
      const look = await FolderLook.open(table, rules);
      const deep = new DeepLook({ look, table, trees: { json: () => undefined } });
      return deep.all([{ path: bytesFromText('p'), localPath: bytesFromText(path), tree: encodeTree([]) }])[0];
    };
    expect(await answer(mounted, false)).toBeDefined();
    expect(await answer(mounted, true)).toBeUndefined();
    expect(await answer(join(temporary.path, 'none'), true)).toBeUndefined();
    expect(await answer(temporary.path, true), 'the file system that it stands in').toBeDefined();
  } finally {
    unmount(mounted);
  }
});
