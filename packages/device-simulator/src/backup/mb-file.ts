import { createHash } from 'node:crypto';
import { PlistUid, type PlistValue, writeBinaryPlist } from '@triplicate/plist';
import { type ContentFile, contentKey, fileId, openContent } from '../content/content-file.ts';
import { seededBytes } from '../content/keystream.ts';
import { wrap } from '../crypto/keybag.ts';
import type { SimDevice } from '../device.ts';

const kinds = {
  file: { bits: 0o100000, flag: 1 },
  dir: { bits: 0o040000, flag: 2 },
  symlink: { bits: 0o120000, flag: 4 },
} as const;
/** Small files carry the SHA-1 of their content. */
const digestUpTo = 64 * 1024;

/** The flag of a row of Manifest.db. */
export const flagOf = ({ kind }: ContentFile): number => kinds[kind].flag;

/** The key of a file, as long as its content and the backup's password stay. */
export const fileKey = (device: SimDevice, file: ContentFile): Buffer =>
  seededBytes(`${device.options.seed}:key:${device.generation}:${contentKey(file)}:${file.modified}:${file.size}`, 32);

/** The keyed archive that stands in Manifest.db for a file: attributes, and the wrapped key when the backup is encrypted. */
export const encodeMbFile = (device: SimDevice, file: ContentFile): Buffer => {
  const objects: PlistValue[] = ['$null'];
  const refer = (object: PlistValue): PlistUid => new PlistUid(objects.push(object) - 1);
  const root: Record<string, PlistValue> = {};
  objects.push(root);
  const kind = kinds[file.kind];
  Object.assign(root, {
    Size: file.size,
    Mode: kind.bits | file.mode,
    Flags: 0,
    UserID: 501,
    GroupID: 501,
    InodeNumber: Number.parseInt(fileId(file).slice(0, 8), 16),
    LastModified: file.modified,
    LastStatusChange: file.modified,
    Birth: file.modified - 60,
    ProtectionClass: file.protection,
    RelativePath: refer(file.relativePath),
  });
  if (file.target !== undefined) root['Target'] = refer(file.target);
  const wrapped = wrappedKey(device, file);
  if (wrapped) root['EncryptionKey'] = refer({ 'NS.data': wrapped, $class: refer(classOf('NSMutableData', 'NSData')) });
  const digest = digestOf(file);
  if (digest) root['Digest'] = refer(digest);
  root['$class'] = refer(classOf('MBFile'));
  return writeBinaryPlist({
    $version: 100_000,
    $archiver: 'NSKeyedArchiver',
    $top: { root: new PlistUid(1) },
    $objects: objects,
  });
};

const wrappedKey = (device: SimDevice, file: ContentFile): Buffer | undefined => {
  const classKey = device.keybag?.classKeys.get(file.protection);
  if (file.kind !== 'file' || classKey === undefined) return undefined;
  const head = Buffer.alloc(4);
  head.writeUInt32LE(file.protection);
  return Buffer.concat([head, wrap(classKey, fileKey(device, file))]);
};

const digestOf = (file: ContentFile): Buffer | undefined => {
  if (file.kind !== 'file' || file.size > digestUpTo) return undefined;
  const digest = createHash('sha1');
  for (const part of openContent(file)) digest.update(part);
  return digest.digest();
};

const classOf = (...names: readonly string[]): PlistValue => ({
  $classname: names[0] ?? '',
  $classes: [...names, 'NSObject'],
});
