import { BackupError, isKey, type ObjectInfo, throwIfAborted } from '@triplicate/core';
import { isMissing } from './errors.ts';
import type { SftpSession } from './session.ts';

/** So many folders are asked for before their turn: a folder costs four answers of the server. */
const mostAhead = 16;

interface Folder {
  readonly objects: readonly ObjectInfo[];
  /** Keys, of those that may hold something with the prefix. */
  readonly folders: readonly string[];
}

export interface WalkOptions {
  readonly session: SftpSession;
  /** The path of a key; of the root for the empty one. */
  readonly pathOf: (key: string) => string;
  readonly prefix: string;
  readonly signal: AbortSignal;
}

/** Every object whose key has the prefix. A folder that vanishes meanwhile breaks the listing off; one that was never there is empty. */
export async function* walk(options: WalkOptions): AsyncIterable<ObjectInfo> {
  const top = options.prefix.slice(0, options.prefix.lastIndexOf('/') + 1).replace(/\/$/, '');
  let first: Folder;
  try {
    first = await readFolder(options, top);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  yield* walkFolder(options, first);
}

async function* walkFolder(options: WalkOptions, { folders, objects }: Folder): AsyncIterable<ObjectInfo> {
  yield* objects;
  const ahead: Promise<Folder>[] = [];
  for (let next = 0, at = 0; at < folders.length; at += 1) {
    for (; next < folders.length && next < at + mostAhead; next += 1) {
      const reading = readFolder(options, folders[next] ?? '');
      // Who leaves half-way, or meets another failure first, waits for none of them.
      reading.catch(() => undefined);
      ahead.push(reading);
    }
    throwIfAborted(options.signal);
    const folder = await ahead.shift()?.catch(vanished);
    if (folder !== undefined) yield* walkFolder(options, folder);
  }
}

const vanished = (error: unknown): never => {
  throw isMissing(error)
    ? new BackupError('UNAVAILABLE', 'a folder vanished while it was listed', { cause: error })
    : error;
};

const readFolder = async ({ pathOf, prefix, session }: WalkOptions, folder: string): Promise<Folder> => {
  const objects: ObjectInfo[] = [];
  const folders: string[] = [];
  for (const { attrs, filename } of await session.readFolder(pathOf(folder))) {
    const key = folder === '' ? filename : `${folder}/${filename}`;
    if (!isKey(key)) continue;
    if (!key.startsWith(prefix) && !prefix.startsWith(`${key}/`)) continue;
    // Links are followed; some servers tell nothing of what they list.
    const told = attrs.isFile?.() === true || attrs.isDirectory?.() === true;
    const info = told ? attrs : await session.stat(pathOf(key)).catch(absent);
    if (info?.isDirectory() === true) folders.push(key);
    else if (info?.isFile() === true && key.startsWith(prefix)) {
      objects.push({ key, size: info.size, modified: new Date(info.mtime * 1000) });
    }
  }
  return { objects, folders };
};

/** A link that leads nowhere. */
const absent = (error: unknown): undefined => {
  if (!isMissing(error)) throw error;
};
