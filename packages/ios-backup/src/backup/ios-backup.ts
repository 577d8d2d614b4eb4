import type { CallOptions } from '@triplicate/core';
import type { Manifest, ManifestEntry } from '../manifest/manifest.ts';
import type { BackupPart } from '../part/derive-part.ts';
import type { OpenDatabase } from '../sqlite/open-database.ts';

/** What the backup says about itself and its phone; only what is written there. */
export interface BackupInfo {
  readonly udid: string | undefined;
  readonly deviceName: string | undefined;
  /** E.g. `iPhone14,5`. */
  readonly productType: string | undefined;
  /** The version of iOS, e.g. `17.4`. */
  readonly productVersion: string | undefined;
  readonly serialNumber: string | undefined;
  readonly phoneNumber: string | undefined;
  readonly date: Date | undefined;
  readonly encrypted: boolean;
  /** Of a copy that was decrypted, files are plain although their records hold keys. */
  readonly finished: boolean | undefined;
  /** Bundle identifiers of the apps that the backup lists. */
  readonly apps: readonly string[];
  /** Names of apps by bundle identifier, as far as the App Store's data in the backup has them. */
  readonly appNames: ReadonlyMap<string, string>;
}

export interface OpenFileOptions extends CallOptions {
  /** Hears that the file ends this many bytes early (it changed while the phone copied it); CORRUPT is thrown when it is absent. */
  readonly onShort?: ((missing: number) => void) | undefined;
}

/** A file of the phone by its domain and the path inside it. */
export interface PhonePath {
  readonly domain: string;
  readonly path: string;
}

export interface DatabaseCall extends CallOptions {
  /** Hears what of a database is damaged or missing although it opens. */
  readonly tally?: { damaged(what: string): void } | undefined;
}

/** A backup of an iPhone or iPad, opened to be read, decrypted on the way where it is encrypted. */
export interface IosBackup extends AsyncDisposable {
  readonly label: string;
  readonly info: BackupInfo;
  readonly manifest: Manifest;
  /** The plain bytes of a file; NOT_FOUND when the tree lacks it. Memory does not depend on its size. */
  open(entry: ManifestEntry, options: OpenFileOptions): AsyncIterable<Uint8Array>;
  /** Whether the tree really has the file of this entry. */
  has(entry: ManifestEntry, options: CallOptions): Promise<boolean>;
  /** A text that another content of the file would not have, `absent` without the file; `undefined` where none can be had without reading it. */
  fingerprint(place: PhonePath, options: CallOptions): Promise<string | undefined>;
  /** A small file; UNSUPPORTED above `limit`. `undefined` when the manifest does not know it. */
  read(place: PhonePath, options: CallOptions & { readonly limit: number }): Promise<Buffer | undefined>;
  /** A database with its log; `undefined` when the manifest does not know it, CORRUPT when it does and the tree lacks the file. */
  database(place: PhonePath, options: DatabaseCall): Promise<OpenDatabase | undefined>;
  /** A backup that holds what stands at and below `places` and nothing else, for a phone to take; see `derivePart` for what is refused. */
  part(places: readonly PhonePath[], options: CallOptions): Promise<BackupPart>;
}
