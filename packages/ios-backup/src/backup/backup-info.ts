import { isBackupError } from '@triplicate/core';
import type { CallOptions } from '@triplicate/core';
import { asArray, asBoolean, asData, asDate, asDictionary, asString } from '@triplicate/plist';
import type { PlistDictionary } from '@triplicate/plist';
import { readDictionary } from '../decode/read-plist.ts';
import { readWhole } from '../files/backup-files.ts';
import type { BackupFiles } from '../files/backup-files.ts';
import type { BackupInfo } from './ios-backup.ts';

const largest = 256 * 1024 * 1024;
const mostApps = 20_000;

/** The three lists beside the manifest; each may be missing in a copy that was decrypted or cut down. */
export interface BackupLists {
  readonly info: PlistDictionary | undefined;
  readonly manifest: PlistDictionary | undefined;
  readonly status: PlistDictionary | undefined;
}

export const readLists = async (files: BackupFiles, { signal }: CallOptions): Promise<BackupLists> => {
  const read = async (name: string): Promise<PlistDictionary | undefined> => {
    try {
      return readDictionary(await readWhole(files, name, { signal, limit: largest }), name);
    } catch (error) {
      if (isBackupError(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  };
  return { info: await read('Info.plist'), manifest: await read('Manifest.plist'), status: await read('Status.plist') };
};

export const backupInfo = ({ info, manifest, status }: BackupLists): BackupInfo => {
  const lockdown = asDictionary(manifest?.['Lockdown']);
  const said = (name: string, key: string): string | undefined => asString(info?.[name]) ?? asString(lockdown?.[key]);
  const state = asString(status?.['SnapshotState']);
  return {
    udid: said('Target Identifier', 'UniqueDeviceID'),
    deviceName: said('Device Name', 'DeviceName'),
    productType: said('Product Type', 'ProductType'),
    productVersion: said('Product Version', 'ProductVersion'),
    serialNumber: said('Serial Number', 'SerialNumber'),
    phoneNumber: asString(info?.['Phone Number']),
    date: asDate(manifest?.['Date']) ?? asDate(info?.['Last Backup Date']),
    encrypted: asBoolean(manifest?.['IsEncrypted']) ?? false,
    finished: state === undefined ? undefined : state === 'finished',
    apps: appIds(info, manifest),
    appNames: appNames(info),
  };
};

const appIds = (info: PlistDictionary | undefined, manifest: PlistDictionary | undefined): string[] => {
  const listed = (asArray(info?.['Installed Applications']) ?? []).flatMap((id) => asString(id) ?? []);
  const known = Object.keys(asDictionary(manifest?.['Applications']) ?? {});
  return [...new Set([...listed, ...known])].slice(0, mostApps).toSorted((a, b) => (a < b ? -1 : 1));
};

/** `iTunesMetadata` of an app is a list of its own, with the name that the App Store shows. */
const appNames = (info: PlistDictionary | undefined): Map<string, string> => {
  const names = new Map<string, string>();
  for (const [id, app] of Object.entries(asDictionary(info?.['Applications']) ?? {}).slice(0, mostApps)) {
    const name = storeName(asData(asDictionary(app)?.['iTunesMetadata']));
    if (name !== undefined) names.set(id, name);
  }
  return names;
};

const storeName = (metadata: Uint8Array | undefined): string | undefined => {
  if (metadata === undefined) return undefined;
  try {
    const list = readDictionary(metadata, 'an app’s metadata', { maxBytes: 4 * 1024 * 1024 });
    return asString(list['itemName']) ?? asString(list['bundleDisplayName']);
  } catch (error) {
    if (!isBackupError(error, 'CORRUPT')) throw error;
    return undefined;
  }
};
