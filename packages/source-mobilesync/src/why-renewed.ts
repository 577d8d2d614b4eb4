import { bytesFromText, collect, type ReadOptions, type SnapshotReader } from '@triplicate/core';
import { asBoolean, asDictionary, parsePlist, PlistError } from '@triplicate/plist';
import { type BackupFolder, isEncrypted } from './backup-folder.ts';

/** Why all files of a backup are others than in the snapshot before it: its encryption was switched since. */
export const whyRenewed = async (
  backup: BackupFolder,
  previous: SnapshotReader | undefined,
  options: ReadOptions,
): Promise<string | undefined> => {
  const [before, now] = [await wasEncrypted(backup, previous, options), await isEncrypted(backup)];
  if (before === undefined || now === undefined || before === now) return undefined;
  return now ? `${backup.name} encrypts its backup now` : `${backup.name} does not encrypt its backup any more`;
};

const wasEncrypted = async (
  { udid }: BackupFolder,
  previous: SnapshotReader | undefined,
  options: ReadOptions,
): Promise<boolean | undefined> => {
  const node = await previous?.node(bytesFromText(`MobileSync/${udid}/Manifest.plist`));
  if (previous === undefined || node?.type !== 'file') return undefined;
  try {
    return asBoolean(asDictionary(parsePlist(await collect(previous.read(node, options))))?.['IsEncrypted']);
  } catch (error) {
    if (error instanceof PlistError) return undefined;
    throw error;
  }
};
