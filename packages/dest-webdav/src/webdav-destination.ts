import {
  abortableItems,
  AdapterCalls,
  assertKey,
  assertPrefix,
  BackupError,
  type Body,
  type CallOptions,
  type Capabilities,
  type Clock,
  type Destination,
  type GetOptions,
  type HttpExchange,
  isBackupError,
  type ObjectInfo,
  type PutOptions,
  type Space,
  throwIfAborted,
} from '@triplicate/core';
import type { WebdavClient } from './client.ts';
import { translate } from './errors.ts';
import { StoreObject } from './store-object.ts';
import { walk } from './walk.ts';

export interface WebdavDestinationOptions {
  readonly label: string;
  readonly exchange: HttpExchange;
  readonly client: WebdavClient;
  readonly clock: Clock;
  readonly appendOnly: boolean;
  readonly egressCost: boolean;
}

/** A folder of a WebDAV server: each object is a file at the path that is its key. */
export class WebdavDestination implements Destination {
  readonly label: string;
  readonly capabilities: Capabilities;
  readonly #options: WebdavDestinationOptions;
  readonly #store: StoreObject;
  /** Writes that go on behind a caller who gave up: they clean up behind themselves. */
  readonly #running = new Set<Promise<unknown>>();
  readonly #calls = new AdapterCalls(translate);

  constructor(options: WebdavDestinationOptions) {
    const { appendOnly, client, clock, egressCost, label } = options;
    this.label = label;
    this.#options = options;
    this.#store = new StoreObject(client, clock);
    this.capabilities = {
      listLagMs: 0,
      writeOnce: 'refuses',
      canDelete: !appendOnly,
      egressCost,
      conditionalPut: false,
      rangeReads: true,
      // Home servers and their PHP are slower with more.
      maxConcurrency: 4,
    };
  }

  put(key: string, body: Body, { ifAbsent = false, signal }: PutOptions): Promise<ObjectInfo> {
    return this.#call(`cannot write "${key}" to ${this.label}`, signal, async () => {
      assertKey(key);
      try {
        return await this.#store.store(key, { body, ifAbsent, signal });
      } catch (error) {
        if (!isBackupError(error, 'ALREADY_EXISTS')) throw error;
        throw new BackupError('ALREADY_EXISTS', `"${key}" exists already in ${this.label}`);
      }
    });
  }

  async *get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    const what = `cannot read "${key}" from ${this.label}`;
    this.#calls.assertOpen(what, options.signal);
    assertKey(key);
    try {
      if (options.range?.length === 0) await this.#assertInside(key, options);
      else yield* this.#options.client.read(key, options);
    } catch (error) {
      throwIfAborted(options.signal);
      throw translate(error, what);
    }
  }

  stat(key: string, { signal }: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#call(`cannot look at "${key}" in ${this.label}`, signal, async () => {
      assertKey(key);
      const found = await this.#options.client.look(key, signal);
      if (found === undefined) return undefined;
      if (found.size === undefined) throw new BackupError('UNAVAILABLE', 'the server tells no size');
      return { key, size: found.size, modified: found.modified ?? this.#options.clock.now() };
    });
  }

  async *list(prefix: string, { signal }: CallOptions): AsyncIterable<ObjectInfo> {
    const what = `cannot list "${prefix}" in ${this.label}`;
    this.#calls.assertOpen(what, signal);
    assertPrefix(prefix);
    try {
      yield* abortableItems(walk({ ...this.#options, prefix, signal }), signal);
    } catch (error) {
      throwIfAborted(signal);
      throw translate(error, what);
    }
  }

  /** A server deletes a folder with all that is in it: only what was seen to be a file is deleted. */
  delete(key: string, { signal }: CallOptions): Promise<void> {
    return this.#call(`cannot delete "${key}" from ${this.label}`, signal, async () => {
      assertKey(key);
      if (this.#options.appendOnly) {
        throw new BackupError('READ_ONLY', `nothing is deleted from ${this.label}: it is set to "appendOnly"`);
      }
      const { client } = this.#options;
      if ((await client.look(key, signal)) !== undefined) await client.remove(key, signal);
    });
  }

  space({ signal }: CallOptions): Promise<Space | undefined> {
    return this.#call(`cannot ask for the room in ${this.label}`, signal, async () => {
      const { quotaAvailable: freeBytes, quotaUsed } = (await this.#options.client.quota(signal)) ?? {};
      if (freeBytes === undefined) return undefined;
      return quotaUsed === undefined ? { freeBytes } : { freeBytes, totalBytes: freeBytes + quotaUsed };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#calls.close();
    await Promise.allSettled(this.#running);
    await this.#store.close();
    await this.#options.exchange[Symbol.asyncDispose]();
  }

  async #assertInside(key: string, { range, signal }: GetOptions): Promise<void> {
    const found = await this.#options.client.look(key, signal);
    if (found === undefined) throw new BackupError('NOT_FOUND', `no object "${key}" in ${this.label}`);
    if ((range?.offset ?? 0) <= (found.size ?? 0)) return;
    throw new BackupError('INVALID_RANGE', `"${key}" ends before ${range?.offset}`);
  }

  /** Who gives up does not wait for what is half-written to be removed. */
  #call<T>(what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#calls.run(what, signal, () => {
      const running = work();
      const tracked = running.catch(() => undefined).finally(() => this.#running.delete(tracked));
      this.#running.add(tracked);
      return running;
    });
  }
}
