import { BackupError, collect } from '@triplicate/core';
import type { CallOptions } from '@triplicate/core';
import type { ClassKeys } from '../crypto/class-keys.ts';
import { decryptStream, exactly } from '../crypto/decrypt-stream.ts';
import type { BackupFiles } from '../files/backup-files.ts';
import type { Manifest, ManifestEntry } from '../manifest/manifest.ts';
import { type BackupPart, derivePart } from '../part/derive-part.ts';
import { openDatabase } from '../sqlite/open-database.ts';
import type { OpenDatabase, SizedSource } from '../sqlite/open-database.ts';
import type { BackupInfo, DatabaseCall, IosBackup, OpenFileOptions, PhonePath } from './ios-backup.ts';

export interface BackupParts extends CallOptions {
  readonly files: BackupFiles;
  readonly info: BackupInfo;
  readonly manifest: Manifest;
  /** Of an encrypted backup. */
  readonly keys: ClassKeys | undefined;
  readonly manifestKey: Buffer | undefined;
  /** `Manifest.db` itself, also where `manifest` is a catalog of it. */
  readonly openManifestDb: (options: CallOptions) => Promise<OpenDatabase>;
  readonly memoryLimit: number | undefined;
  readonly scratchFolder: string | undefined;
}

/** A MobileSync tree with its manifest and its keys. */
export class MobileSyncBackup implements IosBackup {
  readonly label: string;
  readonly info: BackupInfo;
  readonly manifest: Manifest;
  readonly #parts: BackupParts;

  constructor(parts: BackupParts) {
    this.#parts = parts;
    this.label = parts.files.label;
    this.info = parts.info;
    this.manifest = parts.manifest;
  }

  async *open(entry: ManifestEntry, { signal, onShort }: OpenFileOptions): AsyncGenerator<Uint8Array> {
    if (entry.kind !== 'file') throw new BackupError('NOT_FOUND', `"${entry.path}" is no file`);
    const { size, encryptionKey } = entry.details();
    const { files, keys } = this.#parts;
    const stored = files.open(this.manifest.place(entry), { signal });
    const short = (missing: number): void => {
      if (onShort !== undefined) return onShort(missing);
      throw new BackupError('CORRUPT', `"${entry.path}" ends ${missing} bytes early`, {
        hint: 'The file changed while the phone copied it; look in another snapshot.',
      });
    };
    const plain =
      keys === undefined || encryptionKey === undefined
        ? stored
        : decryptStream(keys.fileKey(encryptionKey), stored, 'pkcs7');
    yield* exactly(plain, size, short);
  }

  async has(entry: ManifestEntry, options: CallOptions): Promise<boolean> {
    return (await this.#parts.files.stat(this.manifest.place(entry), options))?.kind === 'file';
  }

  async fingerprint({ domain, path }: PhonePath, options: CallOptions): Promise<string | undefined> {
    const entry = this.manifest.find(domain, path);
    return entry === undefined ? 'absent' : this.#parts.files.fingerprint?.(this.manifest.place(entry), options);
  }

  async read(
    place: PhonePath,
    { signal, limit }: CallOptions & { readonly limit: number },
  ): Promise<Buffer | undefined> {
    const entry = await this.#entry(place, { signal });
    if (entry === undefined) return undefined;
    const { size } = entry.details();
    if (size > limit)
      throw new BackupError('UNSUPPORTED', `"${place.path}" has ${size} bytes, more than the ${limit} allowed for it`);
    return collect(this.open(entry, { signal }));
  }

  async database(place: PhonePath, { signal, tally }: DatabaseCall): Promise<OpenDatabase | undefined> {
    const main = await this.#source(place, { signal });
    if (main === undefined) return this.#absent(place);
    const label = `${place.domain} ${place.path}`;
    const cut = (path: string) => (missing: number) =>
      tally?.damaged(`${place.domain} ${path} ends ${missing} bytes early; records may be missing`);
    const beside = async (suffix: string): Promise<SizedSource | undefined> => {
      const other = { domain: place.domain, path: place.path + suffix };
      const found = await this.#source(other, { signal, onShort: cut(other.path) });
      if (found === undefined && this.#isListed(other))
        tally?.damaged(
          `${other.domain} ${other.path}: the backup lists it and does not have it; records may be missing`,
        );
      return found;
    };
    const { memoryLimit, scratchFolder } = this.#parts;
    const parts = { label, main, wal: await beside('-wal'), journal: await beside('-journal') };
    // One without any bytes is no damaged one: nothing was ever written to it, or somebody emptied it.
    if (main.size === 0 && (parts.wal?.size ?? 0) === 0)
      throw new BackupError('NOT_FOUND', `${label} is empty: it has no bytes`, {
        hint: 'Try the same with another snapshot.',
      });
    const database = await openDatabase(parts, { signal, memoryLimit, scratchFolder });
    for (const damage of database.damage) tally?.damaged(damage);
    return database;
  }

  part(places: readonly PhonePath[], { signal }: CallOptions): Promise<BackupPart> {
    const { files: tree, manifestKey, keys, openManifestDb } = this.#parts;
    const database = (): Promise<OpenDatabase> => openManifestDb({ signal });
    return derivePart(places, {
      tree,
      manifest: this.manifest,
      database,
      manifestKey,
      encrypted: keys !== undefined,
      signal,
    });
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.manifest[Symbol.asyncDispose]();
  }

  /** A database that the list of files does not have is none; one that it has and the tree lacks was lost. */
  #absent(place: PhonePath): undefined {
    if (!this.#isListed(place)) return undefined;
    const { domain, path } = place;
    throw new BackupError('CORRUPT', `${domain} ${path} is in the list of the backup, and its file is not there`, {
      hint: 'Try the same export from another snapshot.',
    });
  }

  #isListed({ domain, path }: PhonePath): boolean {
    const entry = this.manifest.find(domain, path);
    return entry?.kind === 'file' && entry.details().size > 0;
  }

  async #entry({ domain, path }: PhonePath, options: CallOptions): Promise<ManifestEntry | undefined> {
    const entry = this.manifest.find(domain, path);
    return entry?.kind === 'file' && (await this.has(entry, options)) ? entry : undefined;
  }

  /** A database is read as far as it goes: SQLite says itself whether what is missing matters, but for what it passes over in silence. */
  async #source(
    place: PhonePath,
    { signal, onShort = () => undefined }: OpenFileOptions,
  ): Promise<SizedSource | undefined> {
    const entry = await this.#entry(place, { signal });
    if (entry === undefined) return undefined;
    return { size: entry.details().size, open: (options) => this.open(entry, { ...options, onShort }) };
  }
}
