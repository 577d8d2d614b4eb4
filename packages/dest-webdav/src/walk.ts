import { type Clock, type ObjectInfo, onePage, walkFolders } from '@triplicate/core';
import type { WebdavClient } from './client.ts';
import { translate } from './errors.ts';

export interface WalkOptions {
  readonly client: WebdavClient;
  readonly clock: Clock;
  /** Of the destination, for what it says when it fails. */
  readonly label: string;
  readonly prefix: string;
  readonly signal: AbortSignal;
}

/** Every object whose key has the prefix, folder by folder. */
export const walk = ({ client, clock, label, prefix, signal }: WalkOptions): AsyncIterable<ObjectInfo> =>
  walkFolders({
    prefix,
    signal,
    async read(folder) {
      const members = await onePage(() => client.list(folder, signal), {
        clock,
        signal,
        translate: (error) => translate(error, `cannot list "${prefix}" in ${label}`),
      });
      return members && Array.from(members, ([name, resource]) => ({ name, ...resource }));
    },
  });
