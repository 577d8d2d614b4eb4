import { BackupError, type FolderEntry, type ObjectInfo, onePage, walkFolders } from '@triplicate/core';
import { translate } from './errors.ts';
import { type DriveItem, isMissing, modifiedOf } from './items.ts';
import { partOf } from './names.ts';
import type { Place } from './place.ts';

export interface ListOptions {
  readonly prefix: string;
  readonly signal: AbortSignal;
}

interface Page {
  readonly value: readonly DriveItem[];
  readonly '@odata.nextLink'?: string;
}

const question = '$top=1000&$select=id,name,size,file,folder,lastModifiedDateTime';

/** All objects with the prefix, folder by folder and page by page, or an error. */
export const listFiles = (place: Place, { prefix, signal }: ListOptions): AsyncIterable<ObjectInfo> => {
  const what = `cannot list "${prefix}" in ${place.label}`;
  return walkFolders({ prefix, signal, read: (folder) => readFolder(place, folder, { what, signal }) });
};

interface Reading {
  readonly what: string;
  readonly signal: AbortSignal;
}

const readFolder = async (place: Place, folder: string, reading: Reading): Promise<FolderEntry[] | undefined> => {
  // What is written meanwhile may come a second time on a later page.
  const entries = new Map<string, FolderEntry>();
  let path: string | undefined = `${place.items.path(folder)}/children?${question}`;
  while (path !== undefined) {
    const page: Page | undefined = await readPage(place, path, reading);
    if (page === undefined && entries.size === 0) return undefined;
    if (page === undefined) throw new BackupError('UNAVAILABLE', 'a folder vanished while it was listed');
    for (const item of page.value) {
      const name = partOf(item.name);
      if (name === undefined) continue;
      const isFolder = item.file === undefined;
      entries.set(name, { name, isFolder, size: item.size, modified: modifiedOf(item) });
    }
    path = page['@odata.nextLink'];
  }
  return [...entries.values()];
};

/** `undefined` when there is no such folder. */
const readPage = async (place: Place, path: string, { signal, what }: Reading): Promise<Page | undefined> => {
  const ask = async (): Promise<Page> => {
    const page = await place.client.ask<Page | undefined>({ method: 'GET', path, signal });
    if (Array.isArray(page?.value)) return page;
    throw new BackupError('UNAVAILABLE', 'this is no listing', { context: { status: 200 } });
  };
  try {
    return await onePage(ask, { clock: place.clock, signal, translate: (error) => translate(error, what) });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};
