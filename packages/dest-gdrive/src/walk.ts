import { type Clock, isKey, type ObjectInfo, throwIfAborted } from '@triplicate/core';
import { type DriveFile, youngestFirst } from './drive-file.ts';
import { type Drive, inFolders } from './drive.ts';

/** So many folders are asked about at once: the question goes into an address. */
const mostAtOnce = 50;

export interface WalkOptions {
  readonly drive: Drive;
  readonly clock: Clock;
  readonly prefix: string;
  readonly signal: AbortSignal;
  /** Files that are known to be gone although a listing still shows them. */
  readonly isGone: (id: string) => boolean;
}

interface Folder {
  /** A key, or `''` for the top. */
  readonly path: string;
  readonly ids: readonly string[];
}

export interface Listed extends ObjectInfo {
  readonly file: DriveFile;
}

/** Every object below `top` whose key has the prefix, once: of several files of one name the youngest. */
export async function* walk(top: Folder, options: WalkOptions): AsyncIterable<Listed> {
  const waiting: Folder[] = [top];
  while (waiting.length > 0) {
    throwIfAborted(options.signal);
    const batch: Folder[] = [];
    // All folders of one path are asked about together, so that twins meet.
    for (let ids = 0; waiting.length > 0 && (ids === 0 || ids + (waiting[0]?.ids.length ?? 0) <= mostAtOnce);) {
      const next = waiting.shift();
      if (next === undefined) break;
      batch.push(next);
      ids += next.ids.length;
    }
    const { folders, objects } = await readBatch(batch, options);
    yield* objects;
    waiting.push(...folders);
  }
}

const readBatch = async (
  batch: readonly Folder[],
  { clock, drive, isGone, prefix, signal }: WalkOptions,
): Promise<{ readonly objects: Iterable<Listed>; readonly folders: readonly Folder[] }> => {
  const paths = new Map(batch.flatMap(({ ids, path }) => ids.map((id) => [id, path] as const)));
  const [only, ...others] = batch;
  const objects = new Map<string, Listed>();
  const folders = new Map<string, string[]>();
  for await (const file of drive.find(inFolders([...paths.keys()]), { signal, patience: clock })) {
    // The top of a drive has another id than the one it is asked for by.
    const path =
      others.length === 0 ? only?.path : file.parents.map((id) => paths.get(id)).find((one) => one !== undefined);
    if (path === undefined || isGone(file.id)) continue;
    const key = path === '' ? file.name : `${path}/${file.name}`;
    // A name of Drive may have a slash in it; such a file is none of ours.
    if (file.name.includes('/') || !isKey(key)) continue;
    if (file.isFolder) {
      if (key.startsWith(prefix) || prefix.startsWith(`${key}/`))
        folders.set(key, [...(folders.get(key) ?? []), file.id]);
      continue;
    }
    if (!key.startsWith(prefix) || file.size === undefined) continue;
    const before = objects.get(key);
    if (before !== undefined && youngestFirst(before.file, file) < 0) continue;
    objects.set(key, { key, size: file.size, modified: file.modified, file });
  }
  return { objects: objects.values(), folders: [...folders].map(([path, ids]) => ({ path, ids })) };
};
