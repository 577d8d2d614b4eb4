import { BackupError, throwIfAborted } from '../errors.ts';
import { isKey, type ObjectInfo } from './destination.ts';

/** What stands right in a folder, under its name there. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly size?: number | undefined;
  readonly modified?: Date | undefined;
}

export interface FolderWalk {
  /** All of one folder, by the key that its objects begin with (the empty one is the root); `undefined` when there is no such folder. */
  readonly read: (folder: string) => Promise<Iterable<FolderEntry> | undefined>;
  readonly prefix: string;
  readonly signal: AbortSignal;
}

/** So many folders are asked for before their turn. */
const mostAhead = 4;

interface Folder {
  readonly objects: readonly ObjectInfo[];
  /** Keys, of those that may hold something with the prefix. */
  readonly folders: readonly string[];
}

/** Every object whose key has the prefix. A folder that vanishes meanwhile breaks the listing off; one that was never there is empty. */
export async function* walkFolders(walk: FolderWalk): AsyncIterable<ObjectInfo> {
  const top = walk.prefix.slice(0, Math.max(0, walk.prefix.lastIndexOf('/')));
  const first = await readFolder(walk, top);
  if (first !== undefined) yield* walkFolder(walk, first);
}

async function* walkFolder(walk: FolderWalk, { folders, objects }: Folder): AsyncIterable<ObjectInfo> {
  yield* objects;
  const ahead: Promise<Folder | undefined>[] = [];
  for (let next = 0, at = 0; at < folders.length; at += 1) {
    for (; next < folders.length && next < at + mostAhead; next += 1) {
      const reading = readFolder(walk, folders[next] ?? '');
      // Who leaves half-way, or meets another failure first, waits for none of them.
      reading.catch(() => undefined);
      ahead.push(reading);
    }
    throwIfAborted(walk.signal);
    const folder = await ahead.shift();
    if (folder === undefined) throw new BackupError('UNAVAILABLE', 'a folder vanished while it was listed');
    yield* walkFolder(walk, folder);
  }
}

const readFolder = async ({ prefix, read }: FolderWalk, folder: string): Promise<Folder | undefined> => {
  const entries = await read(folder);
  if (entries === undefined) return undefined;
  const objects: ObjectInfo[] = [];
  const folders: string[] = [];
  for (const { isFolder, modified, name, size } of entries) {
    const key = folder === '' ? name : `${folder}/${name}`;
    if (!isKey(key)) continue;
    if (isFolder && (key.startsWith(prefix) || prefix.startsWith(`${key}/`))) folders.push(key);
    if (isFolder || !key.startsWith(prefix)) continue;
    if (size === undefined || modified === undefined) {
      throw new BackupError('UNAVAILABLE', `the server lists "${key}" without its size or its time`);
    }
    objects.push({ key, size, modified });
  }
  return { objects, folders };
};
