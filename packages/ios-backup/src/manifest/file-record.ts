import { BackupError, isBackupError } from '@triplicate/core';
import { asArray, asData, asDictionary, asNumber, asString, asUid } from '@triplicate/plist';
import type { PlistDictionary, PlistValue } from '@triplicate/plist';
import { dateFromUnix } from '../decode/apple-time.ts';
import { readDictionary } from '../decode/read-plist.ts';
import type { FileDetails } from './manifest.ts';

/** A record is a few hundred bytes; extended attributes of photos make some of a few thousand. */
const limits = { maxBytes: 4 * 1024 * 1024, maxObjects: 20_000, maxDepth: 16 };

/** The archived MBFile in the column `file` of `Manifest.db`. Unlike elsewhere, its times count from 1970. CORRUPT when it is none. */
export const decodeFileRecord = (data: Uint8Array): FileDetails => {
  const archive = readDictionary(data, "a file's record in the manifest", limits);
  const objects = asArray(archive['$objects']) ?? [];
  const at = (value: PlistValue | undefined): PlistValue | undefined => objects[asUid(value) ?? -1];
  const root = asDictionary(at(asDictionary(archive['$top'])?.['root']));
  if (root === undefined) throw new BackupError('CORRUPT', "a file's record in the manifest has no root");
  const number = (name: string): number | undefined => asNumber(root[name]);
  const target = asString(at(root['Target']));
  return {
    size: Math.max(0, number('Size') ?? 0),
    mode: number('Mode') ?? 0,
    modified: dateFromUnix(number('LastModified')),
    changed: dateFromUnix(number('LastStatusChange')),
    born: dateFromUnix(number('Birth')),
    owner: { uid: number('UserID') ?? 0, gid: number('GroupID') ?? 0 },
    inode: number('InodeNumber'),
    protectionClass: number('ProtectionClass') ?? 0,
    encryptionKey: archivedData(at(root['EncryptionKey'])),
    digest: asData(root['Digest']) ?? archivedData(at(root['Digest'])),
    linkTarget: target === '$null' ? undefined : target,
    extendedAttributes: attributes(archivedData(at(root['ExtendedAttributes']))),
  };
};

/** Data may stand bare or inside an NSMutableData. */
const archivedData = (value: PlistValue | undefined): Uint8Array | undefined =>
  asData(value) ?? asData(asDictionary(value)?.['NS.data']);

const attributes = (data: Uint8Array | undefined): ReadonlyMap<string, Uint8Array> => {
  const map = new Map<string, Uint8Array>();
  if (data === undefined) return map;
  for (const [name, value] of Object.entries(attributeList(data))) {
    const bytes = asData(value);
    if (bytes !== undefined) map.set(name, bytes);
  }
  return map;
};

const attributeList = (data: Uint8Array): PlistDictionary => {
  try {
    return readDictionary(data, 'extended attributes', limits);
  } catch (error) {
    // The file itself is as good as before without its attributes.
    if (!isBackupError(error, 'CORRUPT')) throw error;
    return {};
  }
};
