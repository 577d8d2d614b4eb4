import { bytesFromText, collect, type ReadOptions, type SnapshotReader } from '@triplicate/core';
import { asDictionary, parsePlist, PlistError } from '@triplicate/plist';
import { type BackupFolder, readSealing, type Sealing, sealingOf } from './backup-folder.ts';

/** Why all files of a backup are others than in the snapshot before it: its encryption was switched since, or has another password. */
export const whyRenewed = async (
  backup: BackupFolder,
  previous: SnapshotReader | undefined,
  options: ReadOptions,
): Promise<string | undefined> => {
  const [before, now] = [await sealingBefore(backup, previous, options), await sealingOf(backup)];
  if (before?.isEncrypted === undefined || now?.isEncrypted === undefined) return undefined;
  if (before.isEncrypted !== now.isEncrypted)
    return now.isEncrypted
      ? `${backup.name} encrypts its backup now`
      : `${backup.name} does not encrypt its backup any more`;
  const isSame = !before.keybag || !now.keybag || Buffer.compare(before.keybag, now.keybag) === 0;
  return isSame || !now.isEncrypted
    ? undefined
    : `${backup.name} encrypts its backup with other keys, as after a new password`;
};

const sealingBefore = async (
  { udid }: BackupFolder,
  previous: SnapshotReader | undefined,
  options: ReadOptions,
): Promise<Sealing | undefined> => {
  const node = await previous?.node(bytesFromText(`MobileSync/${udid}/Manifest.plist`));
  if (previous === undefined || node?.type !== 'file') return undefined;
  try {
    const manifest = asDictionary(parsePlist(await collect(previous.read(node, options))));
    return manifest && readSealing(manifest);
  } catch (error) {
    if (error instanceof PlistError) return undefined;
    throw error;
  }
};
