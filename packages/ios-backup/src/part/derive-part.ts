import { BackupError } from '@triplicate/core';
import type { CallOptions } from '@triplicate/core';
import type { PhonePath } from '../backup/ios-backup.ts';
import type { BackupFiles } from '../files/backup-files.ts';
import type { Manifest, ManifestEntry } from '../manifest/manifest.ts';
import type { OpenDatabase } from '../sqlite/open-database.ts';
import { choosePart } from './choose-part.ts';
import { copyManifest, encryptManifest } from './copy-manifest.ts';
import { PartFiles } from './part-files.ts';

/** A backup that holds a part of another one, as a phone takes it: nothing of the rest is in it. */
export interface BackupPart {
  /** The derived tree. */
  readonly files: BackupFiles;
  /** The files chosen, without folders and links. */
  readonly entries: readonly ManifestEntry[];
  readonly bytes: number;
  /** Bundle identifiers of the apps whose documents are in it. */
  readonly apps: readonly string[];
}

export interface DeriveOptions extends CallOptions {
  readonly tree: BackupFiles;
  /** May be a catalog. */
  readonly manifest: Manifest;
  /** `Manifest.db` itself, with the records as the phone wrote them. */
  readonly database: () => Promise<OpenDatabase>;
  /** Of `Manifest.db`, where it is encrypted. */
  readonly manifestKey: Buffer | undefined;
  /** Whether files are stored encrypted. */
  readonly encrypted: boolean;
}

const lists = ['Manifest.plist', 'Status.plist', 'Info.plist'];

/**
 * The part of a backup at and below `places`. CORRUPT when the tree lacks a file of it or has it in another length, UNSUPPORTED for a backup
 * of iOS 9 and older, whose list of files is not written here.
 */
export const derivePart = async (places: readonly PhonePath[], options: DeriveOptions): Promise<BackupPart> => {
  const { tree, manifest, signal, manifestKey } = options;
  if ((await tree.stat('Manifest.db', { signal }))?.kind !== 'file')
    throw new BackupError('UNSUPPORTED', 'parts of backups of iOS 9 and older are not put back onto a device', {
      hint: 'restore the part into a folder, or the whole snapshot onto the device',
    });
  const { entries, apps } = choosePart(manifest, places);
  const files = entries.filter(({ kind }) => kind === 'file');
  await checkFiles(files, options);
  await using database = await options.database();
  const plain = copyManifest(
    database,
    entries.map(({ id }) => id),
  );
  return {
    files: new PartFiles(tree, {
      manifest: manifestKey === undefined ? plain : encryptManifest(manifestKey, plain),
      places: [...lists, ...files.map((entry) => manifest.place(entry))],
    }),
    entries: files,
    bytes: files.reduce((sum, entry) => sum + entry.details().size, 0),
    apps,
  };
};

const checkFiles = async (files: readonly ManifestEntry[], options: DeriveOptions): Promise<void> => {
  const bad: ManifestEntry[] = [];
  for (const entry of files) if (!(await isWhole(entry, options))) bad.push(entry);
  const [first] = bad;
  if (first === undefined) return;
  const others = bad.length === 1 ? '' : ` and ${bad.length - 1} more`;
  throw new BackupError('CORRUPT', `this backup does not hold "${first.domain}/${first.path}"${others} as a whole`, {
    hint: 'choose another snapshot, or leave out what is missing by naming smaller folders',
  });
};

const block = 16;

/** Encrypted files are padded to the next block, and by a whole one where they would fit. */
const isWhole = async (
  entry: ManifestEntry,
  { tree, manifest, encrypted, signal }: DeriveOptions,
): Promise<boolean> => {
  const { size, encryptionKey } = entry.details();
  const padded = encrypted && encryptionKey !== undefined;
  const stored = padded ? block * (Math.floor(size / block) + 1) : size;
  const there = await tree.stat(manifest.place(entry), { signal });
  // A phone may leave out the file of an empty one.
  return there === undefined ? size === 0 : there.kind === 'file' && there.size === stored;
};
