import { isBackupError } from '@triplicate/core';
import type { FileDetails, FolderEntry, Manifest, ManifestEntry } from './manifest.ts';

/**
 * The children of `path`, each folder once, with the sums of what is below it; the entry itself when it is a file or link. Empty
 * when nothing stands there. Memory does not depend on how much is below.
 */
export function* folderView(manifest: Manifest, domain: string, path: string): Generator<FolderEntry> {
  const own = path === '' ? undefined : manifest.find(domain, path);
  if (own !== undefined && own.kind !== 'folder') return yield entryAlone(own);
  if (manifest.children !== undefined) return yield* manifest.children(domain, path);
  const prefix = path === '' ? '' : `${path}/`;
  // Names with a character below "/" stand between a folder and what is in it, so more than one folder may be open at a time.
  const open = new Map<string, Mutable>();
  for (const entry of manifest.entries({ domain, prefix })) {
    const rest = entry.path.slice(prefix.length);
    if (rest === '') continue;
    const [name = ''] = rest.split('/', 1);
    yield* closeBefore(open, name);
    const isChild = name.length === rest.length;
    if (isChild && entry.kind !== 'folder') yield entryAlone(entry);
    else count(open, { name, path: prefix + name, entry, isChild });
  }
  yield* open.values();
}

type Mutable = { -readonly [Key in keyof FolderEntry]: FolderEntry[Key] };

/** A folder is over when a name comes that is neither in it nor begins as it does. */
function* closeBefore(open: Map<string, Mutable>, name: string): Generator<FolderEntry> {
  for (const [key, folder] of open) {
    if (name.startsWith(key)) continue;
    open.delete(key);
    yield folder;
  }
}

interface Counted {
  readonly name: string;
  readonly path: string;
  readonly entry: ManifestEntry;
  readonly isChild: boolean;
}

const count = (open: Map<string, Mutable>, { name, path, entry, isChild }: Counted): void => {
  const folder = open.get(name) ?? {
    name,
    path,
    kind: 'folder',
    files: 0,
    bytes: 0,
    modified: undefined,
    linkTarget: undefined,
  };
  open.set(name, folder);
  const details = detailsOf(entry);
  if (isChild) {
    folder.modified = details?.modified;
  } else if (entry.kind === 'file') {
    folder.files++;
    folder.bytes += details?.size ?? 0;
  }
};

/** One record by itself, without what is below it. */
export const entryAlone = (entry: ManifestEntry): FolderEntry => {
  const details = detailsOf(entry);
  return {
    name: entry.path.slice(entry.path.lastIndexOf('/') + 1),
    path: entry.path,
    kind: entry.kind,
    files: entry.kind === 'file' ? 1 : 0,
    bytes: entry.kind === 'file' ? (details?.size ?? 0) : 0,
    modified: details?.modified,
    linkTarget: details?.linkTarget,
  };
};

/** A record that is damaged says nothing of its file, which is there all the same. */
export const detailsOf = (entry: ManifestEntry): FileDetails | undefined => {
  try {
    return entry.details();
  } catch (error) {
    if (!isBackupError(error, 'CORRUPT')) throw error;
    return undefined;
  }
};
