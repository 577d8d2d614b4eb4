import { BackupError, isKey, type ObjectInfo, throwIfAborted } from '@triplicate/core';
import type { WebdavClient } from './client.ts';

/** So many folders are asked for before their turn. */
const mostAhead = 4;

interface Folder {
  readonly objects: readonly ObjectInfo[];
  /** Keys, of those that may hold something with the prefix. */
  readonly folders: readonly string[];
}

export interface WalkOptions {
  readonly client: WebdavClient;
  readonly prefix: string;
  readonly signal: AbortSignal;
}

/** Every object whose key has the prefix. A folder that vanishes meanwhile breaks the listing off; one that was never there is empty. */
export async function* walk(options: WalkOptions): AsyncIterable<ObjectInfo> {
  const top = options.prefix.slice(0, Math.max(0, options.prefix.lastIndexOf('/')));
  const first = await readFolder(options, top);
  if (first !== undefined) yield* walkFolder(options, first);
}

async function* walkFolder(options: WalkOptions, { folders, objects }: Folder): AsyncIterable<ObjectInfo> {
  yield* objects;
  const ahead: Promise<Folder | undefined>[] = [];
  for (let next = 0, at = 0; at < folders.length; at += 1) {
    for (; next < folders.length && next < at + mostAhead; next += 1) {
      const reading = readFolder(options, folders[next] ?? '');
      // Who leaves half-way, or meets another failure first, waits for none of them.
      reading.catch(() => undefined);
      ahead.push(reading);
    }
    throwIfAborted(options.signal);
    const folder = await ahead.shift();
    if (folder === undefined) throw new BackupError('UNAVAILABLE', 'a folder vanished while it was listed');
    yield* walkFolder(options, folder);
  }
}

const readFolder = async ({ client, prefix, signal }: WalkOptions, folder: string): Promise<Folder | undefined> => {
  const members = await client.list(folder, signal);
  if (members === undefined) return undefined;
  const objects: ObjectInfo[] = [];
  const folders: string[] = [];
  for (const [name, { isFolder, modified, size }] of members) {
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
