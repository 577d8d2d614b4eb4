import {
  abortableItems,
  AdapterCalls,
  assertKey,
  assertPrefix,
  BackupError,
  type Body,
  type CallOptions,
  type Capabilities,
  type Destination,
  type GetOptions,
  isBackupError,
  type ObjectInfo,
  type PutOptions,
  type Space,
  throwIfAborted,
} from '@triplicate/core';
import { asRefusal, translate } from './errors.ts';
import { getFile } from './get-file.ts';
import { listFiles } from './list-files.ts';
import { isMissing, lookAt } from './look.ts';
import type { Place } from './place.ts';
import { putFile } from './put-file.ts';

export interface DropboxDestinationOptions {
  readonly place: Place;
  readonly listLagMs: number;
  readonly appendOnly: boolean;
  readonly egressCost: boolean;
}

/** https://www.dropbox.com/developers/reference/data-ingress-guide: writes to one account wait for one another. */
export const maxConcurrency = 4;
/** https://www.dropbox.com/developers/documentation/http/documentation#files-upload_session-start */
const maxObjectSize = 2 ** 41 - 2 ** 22;

/** A folder of a Dropbox: each object is a file at the path that is its key. */
export class DropboxDestination implements Destination {
  readonly label: string;
  readonly capabilities: Capabilities;
  readonly #place: Place;
  readonly #appendOnly: boolean;
  readonly #calls = new AdapterCalls(translate);

  constructor({ appendOnly, egressCost, listLagMs, place }: DropboxDestinationOptions) {
    this.label = place.label;
    this.#place = place;
    this.#appendOnly = appendOnly;
    this.capabilities = {
      listLagMs,
      writeOnce: 'no',
      canDelete: !appendOnly,
      egressCost,
      conditionalPut: true,
      rangeReads: true,
      maxConcurrency,
      maxObjectSize,
    };
  }

  put(key: string, body: Body, { ifAbsent = false, signal }: PutOptions): Promise<ObjectInfo> {
    return this.#calls.run(`cannot write "${key}" to ${this.label}`, signal, async () => {
      assertKey(key);
      if (body.size > maxObjectSize) {
        throw new BackupError('UNSUPPORTED', `"${key}" is larger than objects in ${this.label} can be`);
      }
      try {
        return await putFile(this.#place, key, body, { onlyIfAbsent: ifAbsent, signal });
      } catch (error) {
        if (!ifAbsent || !isBackupError(asRefusal(error), 'ALREADY_EXISTS')) throw error;
        throw new BackupError('ALREADY_EXISTS', `"${key}" exists already in ${this.label}`);
      }
    });
  }

  async *get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    const what = `cannot read "${key}" from ${this.label}`;
    this.#calls.assertOpen(what, options.signal);
    assertKey(key);
    try {
      yield* getFile(this.#place, key, options);
    } catch (error) {
      throwIfAborted(options.signal);
      throw translate(error, what);
    }
  }

  stat(key: string, { signal }: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#calls.run(`cannot look at "${key}" in ${this.label}`, signal, async () => {
      assertKey(key);
      const found = await lookAt(this.#place, key, signal);
      return found && { key, size: found.size, modified: new Date(found.server_modified) };
    });
  }

  async *list(prefix: string, { signal }: CallOptions): AsyncIterable<ObjectInfo> {
    const what = `cannot list "${prefix}" in ${this.label}`;
    this.#calls.assertOpen(what, signal);
    assertPrefix(prefix);
    try {
      yield* abortableItems(listFiles(this.#place, { prefix, signal }), signal);
    } catch (error) {
      throwIfAborted(signal);
      throw translate(error, what);
    }
  }

  /** Dropbox would delete a folder with all that is in it: only the file that was looked at is deleted. */
  delete(key: string, { signal }: CallOptions): Promise<void> {
    return this.#calls.run(`cannot delete "${key}" from ${this.label}`, signal, async () => {
      assertKey(key);
      if (this.#appendOnly) {
        throw new BackupError('READ_ONLY', `nothing is deleted from ${this.label}: it is set to "appendOnly"`);
      }
      const { client, names } = this.#place;
      const found = await lookAt(this.#place, key, signal);
      if (found === undefined) return;
      const argument = { path: names.path(key), parent_rev: found.rev };
      try {
        await client.call((api, options) => api.filesDeleteV2(argument, options), signal);
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    });
  }

  space({ signal }: CallOptions): Promise<Space | undefined> {
    return this.#calls.run(`cannot ask for the room in ${this.label}`, signal, async () => {
      try {
        const { allocation, used } = await this.#place.client.call(
          (api, options) => api.usersGetSpaceUsage(options),
          signal,
        );
        if (allocation['.tag'] === 'other') return undefined;
        const taken = allocation['.tag'] === 'team' ? allocation.used : used;
        return { freeBytes: Math.max(0, allocation.allocated - taken), totalBytes: allocation.allocated };
      } catch (error) {
        // The app may do without this permission.
        if (isBackupError(asRefusal(error), 'AUTH')) return undefined;
        throw error;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#calls.close()) return;
    await this.#place.client[Symbol.asyncDispose]();
  }
}
