import { BackupError, collect, textFromBytes, joinBytes, bytesFromText, type SnapshotReader } from '@triplicate/core';
import {
  asBoolean,
  asDictionary,
  asNumber,
  asString,
  parsePlist,
  PlistError,
  type PlistDictionary,
} from '@triplicate/plist';
import { treeFolder, treeRoot } from '../backup/device-path.ts';
import { isLeftOut } from '../backup/left-out.ts';
import { photosFolder } from '../photos/capture-photos.ts';
import { isUdid } from '../mux/attached.ts';
import type { Phone } from '../phone.ts';

export interface PreparedRestore {
  /** The phone that the backup was made of. */
  readonly source: string;
  readonly password: string | undefined;
  readonly info: PlistDictionary;
  readonly files: number;
  readonly bytes: number;
}

export interface PrepareOptions {
  readonly password: (() => Promise<string>) | undefined;
  readonly signal: AbortSignal;
}

/** Refuses early, with a sentence, what the phone would refuse after an hour. */
export const prepareRestore = async (
  phone: Phone,
  snapshot: SnapshotReader,
  options: PrepareOptions,
): Promise<PreparedRestore> => {
  const source = await findBackup(snapshot);
  if (await isLeftOut(snapshot, source))
    throw new BackupError('UNSUPPORTED', 'files were left out of this backup, so no device takes it', {
      hint: 'restore it to a folder, or take a snapshot that was made without "leaveOut"',
    });
  const read = (name: string): Promise<PlistDictionary | undefined> => readList(snapshot, source, name, options.signal);
  const manifest = await read('Manifest.plist');
  if (asString((await read('Status.plist'))?.['SnapshotState']) !== 'finished' || manifest === undefined)
    throw new BackupError('CORRUPT', 'this snapshot does not hold a finished backup of a phone', {
      hint: 'choose another snapshot',
    });
  if (asBoolean(asDictionary(await phone.value('com.apple.fmip'))?.['IsAssociated']) === true)
    throw new BackupError('UNSUPPORTED', `Find My is turned on on ${phone.name}`, {
      hint: 'turn it off for the restore: Settings > your name > Find My',
    });
  checkVersion(phone, asString(asDictionary(manifest['Lockdown'])?.['ProductVersion']));
  const total = await measure(snapshot, source);
  await checkSpace(phone, total.bytes);
  const encrypted = asBoolean(manifest['IsEncrypted']) === true;
  return { source, password: await passwordFor(encrypted, options), info: (await read('Info.plist')) ?? {}, ...total };
};

const findBackup = async (snapshot: SnapshotReader): Promise<string> => {
  const names: string[] = [];
  if ((await snapshot.node(bytesFromText(treeFolder)))?.type === 'dir')
    for await (const node of snapshot.list(bytesFromText(treeFolder))) {
      const name = textFromBytes(node.name);
      if (node.type === 'dir' && isUdid(name)) names.push(name);
    }
  const [name, ...others] = names;
  if (name !== undefined && others.length === 0) return name;
  if (name === undefined && (await snapshot.node(bytesFromText(photosFolder)))?.type === 'dir')
    throw new BackupError(
      'USAGE',
      `snapshot ${snapshot.id.slice(0, 8)} holds photos and documents, and no backup of a phone`,
      {
        hint: 'restore it into a folder; a device takes back what a source with "mode: backup" made',
      },
    );
  throw new BackupError(
    'USAGE',
    `snapshot ${snapshot.id.slice(0, 8)} holds ${names.length} backups of phones and has to hold one`,
    {
      hint: 'choose a snapshot of a device source: triplicate snapshots',
    },
  );
};

const readList = async (
  snapshot: SnapshotReader,
  source: string,
  name: string,
  signal: AbortSignal,
): Promise<PlistDictionary | undefined> => {
  const node = await snapshot.node(joinBytes(treeRoot(source), bytesFromText(name)));
  if (node?.type !== 'file') return undefined;
  try {
    return asDictionary(parsePlist(await collect(snapshot.read(node, { signal }))));
  } catch (error) {
    if (error instanceof PlistError) return undefined;
    throw error;
  }
};

const checkVersion = (phone: Phone, version: string | undefined): void => {
  if (version === undefined || version.localeCompare(phone.version, 'en', { numeric: true }) <= 0) return;
  throw new BackupError('UNSUPPORTED', `the backup is of iOS ${version}, and ${phone.name} has iOS ${phone.version}`, {
    hint: 'update the phone first: Settings > General > Software Update',
  });
};

/**
 * Only what can never fit. A restore replaces what is on the phone, and how much of it the phone alone knows: one that is full takes its
 * own backup, and answers with error 105 when it does not.
 */
const checkSpace = async (phone: Phone, bytes: number): Promise<void> => {
  const capacity = asNumber(asDictionary(await phone.value('com.apple.disk_usage'))?.['TotalDataCapacity']);
  if (capacity === undefined || capacity >= bytes) return;
  const needs = `the backup needs ${bytes} bytes, and ${phone.name} holds ${capacity} when it is empty`;
  throw new BackupError('QUOTA_EXCEEDED', needs, {
    hint: 'restore it to a phone with more storage, or into a folder',
  });
};

const passwordFor = async (encrypted: boolean, { password }: PrepareOptions): Promise<string | undefined> => {
  if (!encrypted) return undefined;
  if (password) return password();
  throw new BackupError('CONFIG_INVALID', 'the backup is encrypted by the phone, and no password is configured', {
    hint: 'name the backup password of that phone under "password", or give it with --phone-password-file',
  });
};

const measure = async (snapshot: SnapshotReader, source: string): Promise<{ files: number; bytes: number }> => {
  let [files, bytes] = [0, 0];
  const root = treeRoot(source);
  for await (const folder of snapshot.list(root)) {
    if (folder.type !== 'dir') continue;
    for await (const node of snapshot.list(joinBytes(root, folder.name))) {
      files += 1;
      bytes += node.size ?? 0;
    }
  }
  return { files, bytes };
};
