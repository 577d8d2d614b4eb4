import { BackupError, isBackupError, printable, toBackupError } from '@triplicate/core';
import {
  asBoolean,
  asData,
  asDate,
  asDictionary,
  asString,
  parsePlist,
  PlistError,
  type PlistDictionary,
} from '@triplicate/plist';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDatabaseWhole } from './manifest-database.ts';

/** No property list of a backup is as large; an app list of a full phone takes a few megabytes. */
const mostPlistBytes = 256 * 1024 * 1024;

/** A folder that holds the backup of one device. */
export interface BackupFolder {
  /** Absolute. */
  readonly path: string;
  /** Of the device, as it stands in the backup itself. */
  readonly udid: string;
  /** What its owner calls it, fit for a terminal: whoever named the phone named it so. */
  readonly name: string;
  /** When it was last written, as far as it says. */
  readonly date: Date | undefined;
}

/** `undefined` when no backup is there. */
export const readBackupFolder = async (path: string): Promise<BackupFolder | undefined> => {
  const [info, manifest] = [await readList(path, 'Info.plist'), await readList(path, 'Manifest.plist')];
  if (info === undefined && manifest === undefined) return undefined;
  const lockdown = asDictionary(manifest?.['Lockdown']);
  // `Target Identifier` is as the device writes it; `Unique Identifier` is the same in capitals.
  const told = asString(lockdown?.['UniqueDeviceID']) ?? asString(info?.['Target Identifier']) ?? folderUdid(path);
  if (told === undefined || !isUdid(told)) return undefined;
  const status = await readList(path, 'Status.plist');
  return {
    path,
    udid: normaliseUdid(told),
    name: printable(asString(info?.['Device Name']) ?? asString(lockdown?.['DeviceName']) ?? told),
    date: asDate(status?.['Date']) ?? asDate(info?.['Last Backup Date']),
  };
};

const isUdid = (text: string): boolean => /^[0-9A-Fa-f-]{24,41}$/.test(text);

/** As the device source writes it: newer identifiers have a dash after eight digits. */
export const normaliseUdid = (udid: string): string =>
  /^[0-9a-f]{24}$/i.test(udid) ? `${udid.slice(0, 8)}-${udid.slice(8)}` : udid;

export const sameUdid = (a: string, b: string): boolean =>
  a.replaceAll('-', '').toLowerCase() === b.replaceAll('-', '').toLowerCase();

/** A folder is named by its device, an archived one by device and time. */
const folderUdid = (path: string): string | undefined =>
  /^([0-9A-Fa-f]{8}-[0-9A-Fa-f]{16}|[0-9A-Fa-f]{40})(-\d{8}-\d{6})?$/.exec(basename(path))?.[1];

/** What stands in the way of taking it: `undefined` when it is finished and whole as far as its own files say. */
export const whyNotReady = async (backup: BackupFolder): Promise<string | undefined> => {
  const { path } = backup;
  const status = await readList(path, 'Status.plist');
  const state = asString(status?.['SnapshotState']);
  const names = new Set(await readdir(path));
  if (status === undefined)
    return names.has('Status.plist') ? 'its Status.plist cannot be read' : 'it has no Status.plist yet';
  if (state !== 'finished') return `its state is "${state ?? 'unknown'}"`;
  if (!names.has('Manifest.plist') || !(names.has('Manifest.db') || names.has('Manifest.mbdb')))
    return 'its manifest is missing';
  const sealing = await sealingOf(backup);
  if (sealing === undefined) return 'its Manifest.plist cannot be read';
  if (names.has('Manifest.db') && !(await isDatabaseWhole(path, sealing.isEncrypted)))
    return 'its Manifest.db is not whole';
  return undefined;
};

/** How the device sealed a backup. */
export interface Sealing {
  /** `undefined` when it does not say so. */
  readonly isEncrypted: boolean | undefined;
  /** The keys of the files, wrapped with the password; a device keeps them as long as the password stays. */
  readonly keybag: Uint8Array | undefined;
}

/** `undefined` when there is no Manifest.plist that can be read. */
export const sealingOf = async ({ path }: Pick<BackupFolder, 'path'>): Promise<Sealing | undefined> => {
  const manifest = await readList(path, 'Manifest.plist');
  return manifest && readSealing(manifest);
};

export const readSealing = (manifest: PlistDictionary): Sealing => ({
  isEncrypted: asBoolean(manifest['IsEncrypted']),
  keybag: asData(manifest['BackupKeyBag']),
});

/** Changes whenever another backup is written into the folder. */
export const fingerprint = async ({ path }: BackupFolder): Promise<string> => {
  const parts = ['Status.plist', 'Manifest.plist', 'Manifest.db', 'Manifest.mbdb'].map(async (name) => {
    try {
      const { size, mtimeNs, ino } = await stat(join(path, name), { bigint: true });
      return `${name} ${size} ${mtimeNs} ${ino}`;
    } catch (error) {
      if (isMissing(error)) return `${name} -`;
      throw toBackupError(error);
    }
  });
  return (await Promise.all(parts)).join('\n');
};

const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as { code?: string }).code ?? '');

/** `undefined` when it is not there or is no property list; it may be half written. */
const readList = async (folder: string, name: string): Promise<PlistDictionary | undefined> => {
  try {
    return asDictionary(parsePlist(await readBounded(join(folder, name))));
  } catch (error) {
    if (isMissing(error) || error instanceof PlistError || isBackupError(error)) return undefined;
    throw toBackupError(error);
  }
};

const readBounded = async (path: string): Promise<Buffer> => {
  await using file = await open(path, 'r');
  const about = await file.stat();
  if (!about.isFile() || about.size > mostPlistBytes)
    throw new BackupError('CORRUPT', `"${path}" is no property list of a backup`);
  return file.readFile();
};
