import { createHash } from 'node:crypto';

/** What a backup knows of one file, folder or link of the phone. */
export interface FileDetails {
  readonly size: number;
  /** `st_mode`: kind and permissions. */
  readonly mode: number;
  readonly modified: Date | undefined;
  readonly changed: Date | undefined;
  readonly born: Date | undefined;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly inode: number | undefined;
  /** 0 for folders; 1 to 4 say when the phone can read it. */
  readonly protectionClass: number;
  /** 4 bytes class, then the wrapped key; only in encrypted backups. */
  readonly encryptionKey: Uint8Array | undefined;
  readonly digest: Uint8Array | undefined;
  readonly linkTarget: string | undefined;
  readonly extendedAttributes: ReadonlyMap<string, Uint8Array>;
}

export interface ManifestEntry {
  /** 40 hex digits: SHA-1 of `domain-path`, and the name of the file in the tree. */
  readonly id: string;
  readonly domain: string;
  /** Inside the domain, without a leading slash; empty for the domain's root. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  /** Decoded when it is asked for; CORRUPT when the record is damaged. */
  details(): FileDetails;
}

/** What stands right in a folder of a domain; a folder with everything below it counted. */
export interface FolderEntry {
  readonly name: string;
  /** Inside the domain. */
  readonly path: string;
  readonly kind: ManifestEntry['kind'];
  readonly files: number;
  readonly bytes: number;
  readonly modified: Date | undefined;
  readonly linkTarget: string | undefined;
}

export interface EntryFilter {
  readonly domain?: string;
  /** Only what begins with this, e.g. `Media/DCIM/`. */
  readonly prefix?: string;
}

/** The list of everything in a backup. */
export interface Manifest extends AsyncDisposable {
  /** Where the file of an entry stands in the tree. */
  place(entry: ManifestEntry): string;
  readonly count: number;
  /** What of the list is damaged although it can be read: files may be missing from it. Absent or empty where nothing is. */
  readonly damage?: readonly string[];
  entries(filter?: EntryFilter): Iterable<ManifestEntry>;
  find(domain: string, path: string): ManifestEntry | undefined;
  /** What stands right in a folder, with sums, where that is known without a look at everything below. */
  children?(domain: string, path: string): Iterable<FolderEntry>;
  /** Every domain with how many entries it has, in order; a catalog knows files and bytes as well. */
  domains(): Iterable<{
    readonly domain: string;
    readonly entries: number;
    readonly files?: number;
    readonly bytes?: number;
  }>;
}

/** Whether there is anything at a path, were it a folder that has no row of its own; an empty path is the domain. */
export const hasPath = (manifest: Pick<Manifest, 'entries' | 'find'>, domain: string, path: string): boolean => {
  if (path !== '' && manifest.find(domain, path) !== undefined) return true;
  for (const _ of manifest.entries({ domain, prefix: path === '' ? '' : `${path}/` })) return true;
  return false;
};

/** Whether text is the name that a backup gives to a file. */
export const isFileId = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

/** The name that a backup gives to a file. */
export const fileId = (domain: string, path: string): string =>
  createHash('sha1').update(`${domain}-${path}`).digest('hex');
