import { createHash } from 'node:crypto';
import { type Clock, isBackupError } from '@triplicate/core';
import {
  asData,
  asDictionary,
  asString,
  type PlistDictionary,
  type PlistValue,
  writeXmlPlist,
} from '@triplicate/plist';
import { AfcClient, afcService } from '../afc/afc-client.ts';
import type { Phone } from '../phone.ts';
import { browseApps, installationProxy } from '../services/installation-proxy.ts';
import { iconOf, springboardService } from '../services/springboard.ts';
import { PropertyChannel } from '../wire/property-channel.ts';

const iTunesFolder = '/iTunes_Control/iTunes';
const iTunesFiles = [
  'ApertureAlbumPrefs',
  'IC-Info.sidb',
  'IC-Info.sidv',
  'PhotosFolderAlbums',
  'PhotosFolderName',
  'PhotosFolderPrefs',
  'VoiceMemos.plist',
  'iPhotoAlbumPrefs',
  'iTunesApplicationIDs',
  'iTunesPrefs',
  'iTunesPrefs.plist',
] as const;
const booksFile = '/Books/iBooksData2.plist';
const longestFile = 8 * 1024 * 1024;
const oldestITunes = '10.0.1';

/** From lockdown's names to those of Info.plist. */
const copied = {
  'Build Version': 'BuildVersion',
  'Device Name': 'DeviceName',
  'Display Name': 'DeviceName',
  ICCID: 'IntegratedCircuitCardIdentity',
  IMEI: 'InternationalMobileEquipmentIdentity',
  MEID: 'MobileEquipmentIdentifier',
  'Phone Number': 'PhoneNumber',
  'Product Type': 'ProductType',
  'Product Version': 'ProductVersion',
  'Serial Number': 'SerialNumber',
} as const;

/** Info.plist, which the computer adds to a backup: the phone, its apps, and what iTunes kept on it. */
export const buildInfoPlist = async (
  phone: Phone,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<Buffer> => {
  const root = asDictionary(await phone.value(undefined)) ?? {};
  const iTunes = asDictionary(await phone.value('com.apple.iTunes'));
  const minimum = asString(await phone.value('com.apple.mobile.iTunes', 'MinITunesVersion'));
  const { files, books } = await readComputerFiles(phone, signal);
  const { applications, installed } = await describeApps(phone, signal);
  const udid = phone.device.udid;
  return writeXmlPlist({
    Applications: applications,
    ...Object.fromEntries(
      Object.entries(copied).flatMap(([key, from]) => (root[from] === undefined ? [] : [[key, root[from]]])),
    ),
    GUID: createHash('sha256').update(udid).digest('hex').slice(0, 32).toUpperCase(),
    'Installed Applications': installed,
    'Last Backup Date': new Date(Math.floor(clock.now().getTime() / 1000) * 1000),
    'Target Identifier': udid,
    'Target Type': 'Device',
    'Unique Identifier': udid.toUpperCase(),
    ...(books ? { 'iBooks Data 2': books } : {}),
    'iTunes Files': files,
    ...(iTunes ? { 'iTunes Settings': iTunes } : {}),
    'iTunes Version': minimum ?? oldestITunes,
  });
};

/** A phone that does not tell its apps is backed up all the same. */
const describeApps = async (
  phone: Phone,
  signal: AbortSignal,
): Promise<{ applications: PlistDictionary; installed: string[] }> => {
  const applications: Record<string, PlistValue> = {};
  const installed: string[] = [];
  try {
    await using apps = new PropertyChannel(await phone.startService(installationProxy, { signal }));
    await using icons = new PropertyChannel(await phone.startService(springboardService, { signal }));
    for (const app of await browseApps(apps, ['CFBundleIdentifier', 'ApplicationSINF', 'iTunesMetadata'])) {
      const id = asString(app['CFBundleIdentifier']);
      if (id === undefined) continue;
      installed.push(id);
      const [sinf, metadata] = [asData(app['ApplicationSINF']), asData(app['iTunesMetadata'])];
      if (!sinf || !metadata) continue;
      const icon = await iconOf(icons, id);
      applications[id] = {
        ApplicationSINF: sinf,
        iTunesMetadata: metadata,
        ...(icon ? { PlaceholderIcon: icon } : {}),
      };
    }
  } catch (error) {
    if (!isBackupError(error) || signal.aborted) throw error;
  }
  return { applications, installed };
};

interface ComputerFiles {
  readonly files: PlistDictionary;
  readonly books: Buffer | undefined;
}

/** What iTunes and Books of a computer keep on the phone for themselves. */
const readComputerFiles = async (phone: Phone, signal: AbortSignal): Promise<ComputerFiles> => {
  await using afc = new AfcClient(await phone.startService(afcService, { signal }));
  const files: Record<string, PlistValue> = {};
  for (const name of iTunesFiles) {
    const content = await readSmall(afc, `${iTunesFolder}/${name}`);
    if (content) files[name] = content;
  }
  return { files, books: await readSmall(afc, booksFile) };
};

const readSmall = async (afc: AfcClient, path: string): Promise<Buffer | undefined> => {
  try {
    await using file = await afc.open(path, 'r');
    const parts: Buffer[] = [];
    for (let total = 0; total <= longestFile;) {
      const part = await file.read(1024 * 1024);
      if (part.length === 0) return Buffer.concat(parts);
      parts.push(part);
      total += part.length;
    }
    return undefined;
  } catch (error) {
    if (isBackupError(error) && error.context['afc'] !== undefined) return undefined;
    throw error;
  }
};
