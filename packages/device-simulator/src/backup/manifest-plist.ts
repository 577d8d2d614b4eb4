import {
  asBoolean,
  asData,
  asDictionary,
  parsePlist,
  type PlistDictionary,
  PlistError,
  type PlistValue,
  writeBinaryPlist,
} from '@triplicate/plist';
import { seededBytes } from '../content/keystream.ts';
import { createKeybag, openKeybag, unwrap, wrap } from '../crypto/keybag.ts';
import type { SimDevice } from '../device.ts';

/** The protection class under which a backup keeps the key of its manifest. */
const manifestClass = 3;

export const manifestKey = (device: SimDevice): Buffer =>
  seededBytes(`${device.options.seed}:manifest:${device.generation}`, 32);

export const encodeManifestPlist = async (device: SimDevice): Promise<Buffer> => {
  const plain = { seed: `${device.options.seed}:plain`, password: '', firstIterations: 1, iterations: 1 };
  const keybag = device.keybag ?? (await createKeybag(plain));
  const classKey = device.keybag?.classKeys.get(manifestClass);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(manifestClass);
  const root = device.values.get('') ?? {};
  const pick = (...keys: readonly string[]): Record<string, PlistValue> =>
    Object.fromEntries(keys.flatMap((key) => (root[key] === undefined ? [] : [[key, root[key]]])));
  return writeBinaryPlist({
    BackupKeyBag: keybag.data,
    ...(classKey ? { ManifestKey: Buffer.concat([head, wrap(classKey, manifestKey(device))]) } : {}),
    IsEncrypted: device.keybag !== undefined,
    Version: '10.0',
    SystemDomainsVersion: '24.0',
    WasPasscodeSet: device.faults.passcode !== undefined,
    Date: new Date(device.now * 1000),
    Lockdown: pick('DeviceName', 'ProductType', 'ProductVersion', 'BuildVersion', 'SerialNumber', 'UniqueDeviceID'),
    Applications: {
      'org.example.notes': {
        CFBundleIdentifier: 'org.example.notes',
        CFBundleVersion: '321',
        Path: '/private/var/notes',
      },
    },
  });
};

export interface OpenedManifest {
  readonly plist: PlistDictionary;
  /** `undefined` when the backup is not encrypted. */
  readonly keys: { readonly classes: ReadonlyMap<number, Buffer>; readonly manifest: Buffer } | undefined;
}

/** What Manifest.plist says; `wrong password` when it does not open, `undefined` when it is none. */
export const openManifestPlist = async (
  bytes: Buffer | undefined,
  password: string | undefined,
): Promise<OpenedManifest | 'wrong password' | undefined> => {
  const plist = bytes && readDictionary(bytes);
  if (plist === undefined) return undefined;
  if (asBoolean(plist['IsEncrypted']) !== true) return { plist, keys: undefined };
  const [bag, wrapped] = [asData(plist['BackupKeyBag']), asData(plist['ManifestKey'])];
  if (!bag || !wrapped || password === undefined) return 'wrong password';
  const classes = await openKeybag(bag, password);
  const classKey = classes?.get(wrapped.readUInt32LE(0));
  if (classes === undefined || classKey === undefined) return 'wrong password';
  return { plist, keys: { classes, manifest: unwrap(classKey, wrapped.subarray(4)) } };
};

export const readDictionary = (bytes: Buffer): PlistDictionary | undefined => {
  try {
    return asDictionary(parsePlist(bytes));
  } catch (error) {
    if (error instanceof PlistError) return undefined;
    throw error;
  }
};
