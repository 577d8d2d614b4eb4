import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { collect } from '@triplicate/core';
import type { BackupFiles } from '@triplicate/ios-backup';
import { buildBackup, type BackupInput } from '../../../ios-backup/test/fixtures/backup-builder.ts';
import type { Cli } from './cli.ts';

export const udid = '00008110-00A1B2C3D4E5F607';

/** Writes the MobileSync tree of a phone where a backup of Finder would stand below `folder`. */
export const writePhone = async (folder: string, input: BackupInput): Promise<void> => {
  await writeTree(buildBackup(input), join(folder, udid));
};

const writeTree = async (files: BackupFiles, target: string, path = ''): Promise<void> => {
  const { signal } = new AbortController();
  for await (const { name, kind } of files.list(path, { signal })) {
    const place = path === '' ? name : `${path}/${name}`;
    if (kind === 'folder') await writeTree(files, target, place);
    else {
      await mkdir(dirname(join(target, place)), { recursive: true });
      await writeFile(join(target, place), await collect(files.open(place, { signal })));
    }
  }
};

/** The file `triplicate.yaml` with that folder as the source "phone", on two replicas. */
export const initPhone = async (cli: Cli, folder: string): Promise<void> => {
  const made = await cli.type(['init', '--source', `phone=${folder}`, '--to', 'usb=usb', '--to', 'nas=nas']);
  if (made.code !== 0) throw new Error(made.err);
};
