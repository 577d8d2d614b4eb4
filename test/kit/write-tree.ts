import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BackupFiles } from '@triplicate/ios-backup';

const { signal } = new AbortController();

/** Writes a tree of a backup into a folder, as Finder would have it. */
export const writeBackupTree = async (files: BackupFiles, target: string, path = ''): Promise<void> => {
  for await (const { name, kind } of files.list(path, { signal })) {
    const at = path === '' ? name : `${path}/${name}`;
    if (kind === 'folder') await writeBackupTree(files, target, at);
    else {
      mkdirSync(dirname(join(target, at)), { recursive: true });
      writeFileSync(join(target, at), Buffer.concat(await Array.fromAsync(files.open(at, { signal }))));
    }
  }
};
