import { BackupError, toBackupError } from '@triplicate/core';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BackupFolder, readBackupFolder, sameUdid } from './backup-folder.ts';

export interface Wanted {
  /** An identifier, or `any`. */
  readonly udid: string;
  /** Absolute paths of folders that hold backups, or of a backup itself. */
  readonly places: readonly string[];
  /** Whether a person named the places. */
  readonly named: boolean;
}

/**
 * The backup that is meant; of several of one device the one that was written last. Archived copies (with a time in their name) are taken
 * only when they are named. NOT_FOUND when there is none, USAGE when it may be one of several devices, AUTH when the system hides them.
 */
export const findBackup = async ({ udid, places, named }: Wanted): Promise<BackupFolder> => {
  const found = (await Promise.all(places.map((place) => backupsAt(place, named)))).flat();
  const meant = newestPerDevice(found.filter((backup) => udid === 'any' || sameUdid(backup.udid, udid)));
  const [first, ...others] = meant;
  if (first && others.length === 0) return first;
  if (first)
    throw new BackupError(
      'USAGE',
      `there are backups of ${meant.length} devices and "udid: any" means one: ${meant.map(nameOf).join(', ')}`,
      { hint: 'write the udid of the one that is meant, and a source for each of the others' },
    );
  throw new BackupError(
    'NOT_FOUND',
    `there is no backup of ${udid === 'any' ? 'an iPhone or iPad' : udid} in ${places.map((place) => `"${place}"`).join(' or ')}`,
    { hint: 'make one with Finder, Apple Devices or iTunes, or name where it is under "folder"' },
  );
};

const nameOf = ({ name, udid }: BackupFolder): string => `${name} (${udid})`;

const newestPerDevice = (found: readonly BackupFolder[]): readonly BackupFolder[] => {
  const newest = new Map<string, BackupFolder>();
  for (const backup of found) {
    const other = newest.get(backup.udid);
    if (!other || (backup.date?.getTime() ?? 0) > (other.date?.getTime() ?? 0)) newest.set(backup.udid, backup);
  }
  return [...newest.values()];
};

const archived = /-\d{8}-\d{6}$/;

/**
 * The backups in a folder, or the one that it is; where there are none, those in its `MobileSync` or `MobileSync/Backup`, as a restore or a
 * copied disk has them. AUTH when the system hides them.
 */
export const backupsAt = async (place: string, named: boolean): Promise<readonly BackupFolder[]> => {
  const found = await backupsIn(place, named);
  if (found.length > 0) return found;
  for (const below of ['MobileSync', join('MobileSync', 'Backup')]) {
    const deeper = await backupsIn(join(place, below), false);
    if (deeper.length > 0) return deeper;
  }
  return [];
};

const backupsIn = async (place: string, named: boolean): Promise<readonly BackupFolder[]> => {
  const itself = await readBackupFolder(place);
  if (itself) return [itself];
  const folders = (await foldersIn(place, named)).filter((name) => !archived.test(name));
  const found = await Promise.all(folders.map((name) => readBackupFolder(join(place, name))));
  return found.filter((backup) => backup !== undefined);
};

const foldersIn = async (place: string, named: boolean): Promise<readonly string[]> => {
  try {
    const entries = await readdir(place, { withFileTypes: true });
    // A folder may be a link to another disk, which is how people move large backups.
    return entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'EPERM' || code === 'EACCES')
      throw new BackupError('AUTH', `the system does not let this program read "${place}"`, {
        hint: 'on a Mac: System Settings > Privacy & Security > Full Disk Access, for the terminal or whatever runs triplicate',
        cause: error,
      });
    if (code === 'ENOENT' && !named) return [];
    throw toBackupError(error, 'IO', `the folder "${place}"`);
  }
};
