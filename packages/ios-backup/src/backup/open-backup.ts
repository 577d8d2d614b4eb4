import { BackupError } from '@triplicate/core';
import type { CallOptions } from '@triplicate/core';
import { asData } from '@triplicate/plist';
import type { PlistDictionary } from '@triplicate/plist';
import type { CatalogStore } from '../catalog/catalog-store.ts';
import { catalogOf, openCatalog } from '../catalog/with-catalog.ts';
import type { ClassKeys } from '../crypto/class-keys.ts';
import { decryptStream } from '../crypto/decrypt-stream.ts';
import { Keyring } from '../crypto/keyring.ts';
import { readWhole } from '../files/backup-files.ts';
import type { BackupFiles } from '../files/backup-files.ts';
import { DatabaseManifest } from '../manifest/manifest-db.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { MbdbManifest } from '../manifest/mbdb.ts';
import { openDatabase } from '../sqlite/open-database.ts';
import type { OpenDatabase, SizedSource } from '../sqlite/open-database.ts';
import { backupInfo, readLists } from './backup-info.ts';
import type { IosBackup } from './ios-backup.ts';
import { MobileSyncBackup } from './mobile-sync-backup.ts';

const largestMbdb = 512 * 1024 * 1024;

export interface OpenBackupOptions extends CallOptions {
  /** Of an encrypted backup. */
  readonly password?: string | undefined;
  /** See `DatabaseOptions`. */
  readonly memoryLimit?: number | undefined;
  readonly scratchFolder?: string | undefined;
  /** What passwords opened before: to derive a key from one takes a second. */
  readonly keyring?: Keyring | undefined;
  /** Where the list of the backup's files is kept, so that it is fetched and read once. */
  readonly catalogs?: CatalogStore | undefined;
  /** Hears how far the list of files has been fetched (bytes) and read (entries). */
  readonly progress?: ((progress: OpenProgress) => void) | undefined;
}

export interface OpenProgress {
  readonly step: 'fetching' | 'reading';
  readonly done: number;
  readonly total: number;
}

/**
 * Opens the MobileSync tree in `files`. NOT_FOUND when there is no manifest, WRONG_PASSWORD when the password is wrong or missing, CORRUPT
 * when the manifest is damaged. An encrypted backup that was decrypted by another program opens without a password: what counts is whether
 * `Manifest.db` is a database as it stands.
 */
export const openBackup = async (files: BackupFiles, options: OpenBackupOptions): Promise<IosBackup> => {
  const { signal } = options;
  const lists = await readLists(files, options);
  const info = backupInfo(lists);
  const encrypted = info.encrypted && !(await hasPlainDatabase(files, options));
  const keys = encrypted ? await unlock(lists.manifest, options.password, options.keyring) : undefined;
  const key = manifestKey(keys, lists.manifest);
  const manifest = await listOf(files, { ...options, key });
  return new MobileSyncBackup({
    files,
    info,
    manifest,
    keys,
    manifestKey: key,
    openManifestDb: (call) => openManifestDb(files, { ...options, ...call, key }),
    memoryLimit: options.memoryLimit,
    scratchFolder: options.scratchFolder,
    signal,
  });
};

/** Whether a password opens this backup; the work of deriving it is the same as for opening it. */
export const checkPassword = async (files: BackupFiles, password: string, options: CallOptions): Promise<boolean> => {
  const { manifest } = await readLists(files, options);
  try {
    await unlock(manifest, password);
    return true;
  } catch (error) {
    if (error instanceof BackupError && error.code === 'WRONG_PASSWORD') return false;
    throw error;
  }
};

const unlock = async (
  manifest: PlistDictionary | undefined,
  password: string | undefined,
  keyring = new Keyring(),
): Promise<ClassKeys> => {
  if (password === undefined) {
    throw new BackupError('WRONG_PASSWORD', 'the backup is encrypted and no password was given', {
      hint: 'Give the password that was set for local backups of this device.',
    });
  }
  const bag = asData(manifest?.['BackupKeyBag']);
  if (bag === undefined) throw new BackupError('CORRUPT', 'Manifest.plist has no keybag');
  return keyring.unlock(bag, password);
};

/** Before iOS 10.2 only files are encrypted, and the manifest has no key. */
const manifestKey = (keys: ClassKeys | undefined, manifest: PlistDictionary | undefined): Buffer | undefined => {
  const wrapped = asData(manifest?.['ManifestKey']);
  return keys === undefined || wrapped === undefined ? undefined : keys.fileKey(wrapped);
};

const hasPlainDatabase = async (files: BackupFiles, { signal }: CallOptions): Promise<boolean> => {
  if ((await files.stat('Manifest.db', { signal }))?.kind !== 'file') return false;
  for await (const piece of files.open('Manifest.db', { signal, range: { offset: 0, length: 16 } })) {
    return Buffer.from(piece).toString('latin1').startsWith('SQLite format 3');
  }
  return false;
};

type ManifestOptions = OpenBackupOptions & { readonly key: Buffer | undefined };

/** The manifest, from its catalog where there is one. */
const listOf = async (files: BackupFiles, options: ManifestOptions): Promise<Manifest> => {
  const { signal, catalogs: store, key: secret, progress } = options;
  const fingerprint = store === undefined ? undefined : await files.fingerprint?.('Manifest.db', { signal });
  if (store === undefined || fingerprint === undefined) return openManifest(files, options);
  const catalog = {
    signal,
    store,
    fingerprint,
    secret,
    progress: (done: number, total: number) => progress?.({ step: 'reading', done, total }),
  };
  return (await openCatalog(catalog)) ?? catalogOf(await openManifest(files, options), catalog);
};

const openManifest = async (files: BackupFiles, options: ManifestOptions): Promise<Manifest> => {
  if ((await files.stat('Manifest.db', options))?.kind === 'file') {
    const db = await openManifestDb(files, options);
    try {
      return new DatabaseManifest(db);
    } catch (error) {
      await db[Symbol.asyncDispose]();
      throw error;
    }
  }
  if ((await files.stat('Manifest.mbdb', options))?.kind === 'file') {
    return new MbdbManifest(await readWhole(files, 'Manifest.mbdb', { signal: options.signal, limit: largestMbdb }));
  }
  throw new BackupError('NOT_FOUND', `${files.label} is no backup: it has neither Manifest.db nor Manifest.mbdb`, {
    hint: 'Name the folder that is called after the device.',
  });
};

const openManifestDb = async (files: BackupFiles, options: ManifestOptions): Promise<OpenDatabase> => {
  const main = await files.stat('Manifest.db', options);
  const wal = options.key === undefined ? await files.stat('Manifest.db-wal', options) : undefined;
  const parts = {
    label: 'Manifest.db',
    main: counted(source(files, 'Manifest.db', main?.size ?? 0, options.key), options.progress),
    wal: wal?.kind === 'file' ? source(files, 'Manifest.db-wal', wal.size, undefined) : undefined,
  };
  return openDatabase(parts, options);
};

const source = (files: BackupFiles, path: string, size: number, key: Buffer | undefined): SizedSource => ({
  size,
  open: ({ signal }) => {
    const content = files.open(path, { signal });
    return key === undefined ? content : decryptStream(key, content, 'none');
  },
});

const counted = (source: SizedSource, progress: OpenBackupOptions['progress']): SizedSource => ({
  size: source.size,
  open: async function* (options) {
    let done = 0;
    for await (const piece of source.open(options)) {
      yield piece;
      done += piece.length;
      progress?.({ step: 'fetching', done, total: source.size });
    }
  },
});
