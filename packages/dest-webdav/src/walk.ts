import { type ObjectInfo, walkFolders } from '@triplicate/core';
import type { WebdavClient } from './client.ts';

export interface WalkOptions {
  readonly client: WebdavClient;
  readonly prefix: string;
  readonly signal: AbortSignal;
}

/** Every object whose key has the prefix, folder by folder. */
export const walk = ({ client, prefix, signal }: WalkOptions): AsyncIterable<ObjectInfo> =>
  walkFolders({
    prefix,
    signal,
    async read(folder) {
      const members = await client.list(folder, signal);
      return members && Array.from(members, ([name, resource]) => ({ name, ...resource }));
    },
  });
