import type { CallOptions } from '@triplicate/core';
import type { IosBackup, PhonePath } from '../backup/ios-backup.ts';
import type { ManifestEntry } from '../manifest/manifest.ts';

/** A file that belongs to a record. */
export interface Attachment {
  readonly name: string;
  readonly type: string | undefined;
  readonly sizeBytes: number | undefined;
  /** Where it stands on the phone; absent when the record names no file. */
  readonly place: PhonePath | undefined;
  readonly state: AttachmentState;
  readonly sticker?: boolean;
}

/** Where the files of records were written. */
export interface WrittenFiles {
  get(file: Attachment): string | undefined;
}

/** `icloud`: the record names no file, or the backup lists none there, which is how an original that is only in iCloud looks; `missing`: there should be one. */
export type AttachmentState = 'present' | 'icloud' | 'missing';

export const stateWords: Readonly<Record<AttachmentState, string>> = {
  present: 'in this backup',
  icloud: 'only in iCloud, not in this backup',
  missing: 'not in this backup',
};

/** The first of the places that the backup really has. */
export const findFile = async (
  backup: IosBackup,
  places: readonly PhonePath[],
  options: CallOptions,
): Promise<ManifestEntry | undefined> => {
  for (const { domain, path } of places) {
    const entry = backup.manifest.find(domain, path);
    if (entry?.kind === 'file' && (await backup.has(entry, options))) return entry;
  }
  return undefined;
};

/** The first of the places at which the backup lists a file, with its content or without. */
export const listedAt = ({ manifest }: IosBackup, places: readonly PhonePath[]): PhonePath | undefined =>
  places.find(({ domain, path }) => manifest.find(domain, path)?.kind === 'file');

export const lastName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
