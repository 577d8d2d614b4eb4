import { BackupError } from '@triplicate/core';

export const folderType = 'application/vnd.google-apps.folder';
/** What is asked for of each file. */
export const fileFields = 'id,name,size,md5Checksum,sha256Checksum,modifiedTime,mimeType,parents,trashed';

export interface DriveFile {
  readonly id: string;
  readonly name: string;
  readonly isFolder: boolean;
  /** `undefined` for what has no bytes, e.g. documents of Google's own kinds. */
  readonly size: number | undefined;
  /** Hex, as Google computed them. */
  readonly md5: string | undefined;
  readonly sha256: string | undefined;
  readonly modified: Date;
  readonly parents: readonly string[];
  readonly trashed: boolean;
}

export interface NewFile {
  readonly id: string;
  readonly name: string;
  readonly parent: string;
}

/** As Google sends it: numbers of 64 bits are texts. */
interface RawFile {
  readonly id?: string | null;
  readonly name?: string | null;
  readonly size?: string | null;
  readonly md5Checksum?: string | null;
  readonly sha256Checksum?: string | null;
  readonly modifiedTime?: string | null;
  readonly mimeType?: string | null;
  readonly parents?: readonly string[] | null;
  readonly trashed?: boolean | null;
}

/** UNAVAILABLE for what is no answer about a file. */
export const toFile = (raw: RawFile | undefined): DriveFile => {
  const { id, mimeType, modifiedTime, name, size } = raw ?? {};
  const modified = new Date(modifiedTime ?? Number.NaN);
  const wellFormed = id && typeof name === 'string' && !Number.isNaN(modified.getTime()) && /^\d*$/.test(size ?? '');
  if (!wellFormed) throw new BackupError('UNAVAILABLE', 'Google gives an answer that cannot be relied on');
  return {
    id,
    name,
    isFolder: mimeType === folderType,
    size: size ? Number(size) : undefined,
    md5: raw?.md5Checksum ?? undefined,
    sha256: raw?.sha256Checksum ?? undefined,
    modified,
    parents: raw?.parents ?? [],
    trashed: raw?.trashed ?? false,
  };
};

/** Several files may have one name: the youngest is the object, since it was written last. */
export const youngestFirst = (a: DriveFile, b: DriveFile): number =>
  b.modified.getTime() - a.modified.getTime() || (a.id < b.id ? 1 : -1);
