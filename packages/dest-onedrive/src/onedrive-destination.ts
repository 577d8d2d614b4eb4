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
import { translate } from './errors.ts';
import { getFile } from './get-file.ts';
import { isMissing, lookAt, modifiedOf } from './items.ts';
import { listFiles } from './list-files.ts';
import type { Place } from './place.ts';
import { putFile } from './put-file.ts';

export interface OnedriveDestinationOptions {
  readonly place: Place;
  readonly listLagMs: number;
  readonly appendOnly: boolean;
  readonly egressCost: boolean;
}

/** OneDrive slows an account down that asks for more: https://learn.microsoft.com/en-us/graph/throttling-limits */
export const maxConcurrency = 4;
/** https://support.microsoft.com/office/64883a5d-228e-48f5-b3d2-eb39e07630fa: 250 GB. */
const maxObjectSize = 250 * 10 ** 9;

/** https://learn.microsoft.com/en-us/graph/api/resources/quota */
interface Drive {
  readonly quota?: { readonly remaining?: number; readonly total?: number };
}

/** A folder of a OneDrive: each object is a file at the path that is its key. */
export class OnedriveDestination implements Destination {
  readonly label: string;
  readonly capabilities: Capabilities;
  readonly #place: Place;
  readonly #appendOnly: boolean;
  readonly #calls = new AdapterCalls(translate);

  constructor({ appendOnly, egressCost, listLagMs, place }: OnedriveDestinationOptions) {
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
        if (!ifAbsent || !isBackupError(error, 'ALREADY_EXISTS')) throw error;
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
      const { client, clock, items } = this.#place;
      const found = await lookAt(client, items.path(key), signal);
      return found && { key, size: found.size, modified: modifiedOf(found) ?? clock.now() };
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

  /** OneDrive would delete a folder with all that is in it: only the file that was looked at is deleted. */
  delete(key: string, { signal }: CallOptions): Promise<void> {
    return this.#calls.run(`cannot delete "${key}" from ${this.label}`, signal, async () => {
      assertKey(key);
      if (this.#appendOnly) {
        throw new BackupError('READ_ONLY', `nothing is deleted from ${this.label}: it is set to "appendOnly"`);
      }
      const { client, items } = this.#place;
      const found = await lookAt(client, items.path(key), signal);
      if (found === undefined) return;
      const headers: Record<string, string> = found.eTag === undefined ? {} : { 'if-match': found.eTag };
      try {
        await client.ask({ method: 'DELETE', path: `me/drive/items/${encodeURIComponent(found.id)}`, headers, signal });
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    });
  }

  space({ signal }: CallOptions): Promise<Space | undefined> {
    return this.#calls.run(`cannot ask for the room in ${this.label}`, signal, async () => {
      const { quota } = await this.#drive(signal);
      const { remaining: freeBytes, total: totalBytes } = quota ?? {};
      if (typeof freeBytes !== 'number') return undefined;
      return typeof totalBytes === 'number' && totalBytes > 0 ? { freeBytes, totalBytes } : { freeBytes };
    });
  }

  /** An application that sees its own folder alone may not be told. */
  async #drive(signal: AbortSignal): Promise<Drive> {
    try {
      return await this.#place.client.ask<Drive>({ method: 'GET', path: 'me/drive?$select=quota', signal });
    } catch (error) {
      if (isBackupError(error, 'AUTH')) return {};
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#calls.close()) return;
    await this.#place.client[Symbol.asyncDispose]();
  }
}
