import { isBackupError } from '@triplicate/core';
import type { GraphClient } from './client.ts';
import { nameOf } from './names.ts';

/** Those parts of https://learn.microsoft.com/en-us/graph/api/resources/driveitem that are looked at. */
export interface DriveItem {
  readonly id: string;
  readonly name: string;
  readonly size?: number;
  readonly eTag?: string;
  readonly lastModifiedDateTime?: string;
  readonly folder?: object;
  readonly file?: { readonly hashes?: { readonly quickXorHash?: string } };
  readonly '@microsoft.graph.downloadUrl'?: string;
}

export interface StoredFile extends DriveItem {
  readonly size: number;
}

/** Where the objects are, as the beginning of a path of Graph. */
export class Items {
  readonly #root: string;
  readonly #folder: string;

  /** `root` is `me/drive/root` or `me/drive/special/approot`. */
  constructor(root: string, folder: string | undefined) {
    this.#root = root;
    this.#folder = folder === undefined ? '' : folder.split('/').map(encodeURIComponent).join('/');
  }

  /** The item of a key, or of a folder that keys begin with (the empty one is the root), for something to be added to, e.g. `/children`. */
  path(key: string): string {
    const names = key === '' ? [] : key.split('/').map((part) => encodeURIComponent(nameOf(part)));
    const path = [...(this.#folder === '' ? [] : [this.#folder]), ...names].join('/');
    return path === '' ? this.#root : `${this.#root}:/${path}:`;
  }
}

/** The file of a key; `undefined` when there is none, or a folder stands there. */
export const lookAt = async (
  client: GraphClient,
  path: string,
  signal: AbortSignal,
): Promise<StoredFile | undefined> => {
  try {
    // A path without a question after it ends without the colon.
    const item = await client.ask<DriveItem>({ method: 'GET', path: path.replace(/:$/, ''), signal });
    return item.file !== undefined && typeof item.size === 'number' ? { ...item, size: item.size } : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

export const isMissing = (error: unknown): boolean =>
  isBackupError(error, 'NOT_FOUND') && error.context['status'] === 404;

export const modifiedOf = ({ lastModifiedDateTime }: DriveItem): Date | undefined => {
  const time = new Date(lastModifiedDateTime ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? undefined : time;
};
