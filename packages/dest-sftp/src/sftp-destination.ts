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
  isBackupError,
  type ObjectInfo,
  type PutOptions,
  type Space,
  throwIfAborted,
} from '@triplicate/core';
import type { SftpConnection } from './connection.ts';
import { isMissing, translate } from './errors.ts';
import { readFile } from './read-file.ts';
import { type Extent } from './read-file.ts';
import type { SftpSession } from './session.ts';
import { explainFailure, type Storing, StoreObject } from './store-object.ts';
import { walk } from './walk.ts';

export interface SftpDestinationOptions {
  readonly label: string;
  readonly connection: SftpConnection;
  /** Without a slash at its end, unless it is the root of the server. */
  readonly root: string;
  readonly clock: Clock;
  readonly appendOnly: boolean;
  readonly egressCost: boolean;
  /** Whether the server gives a file a second name, and refuses to give one twice. */
  readonly links: boolean;
}

/** A folder at a server: each object is a file at the path that is its key. */
export class SftpDestination implements Destination {
  readonly label: string;
  readonly #options: SftpDestinationOptions;
  readonly #store: StoreObject;
  /** What goes on behind a caller who gave up: it cleans up behind itself. */
  readonly #running = new Set<Promise<unknown>>();
  readonly #calls = new AdapterCalls(translate);

  constructor(options: SftpDestinationOptions) {
    this.label = options.label;
    this.#options = options;
    this.#store = new StoreObject(options);
  }

  get capabilities(): Capabilities {
    const { appendOnly, egressCost } = this.#options;
    return {
      listLagMs: 0,
      writeOnce: 'no',
      canDelete: !appendOnly,
      egressCost,
      conditionalPut: this.#store.links,
      rangeReads: true,
      // One process serves them all, so more than cover the way there and back gain nothing.
      maxConcurrency: 8,
    };
  }

  put(key: string, body: Body, { ifAbsent = false, signal }: PutOptions): Promise<ObjectInfo> {
    return this.#call(`cannot write "${key}" to ${this.label}`, signal, async (session) => {
      assertKey(key);
      const storing: Storing = { session, body, ifAbsent, signal };
      try {
        const { mtime } = await this.#store.store(this.#pathOf(key), storing);
        return { key, size: body.size, modified: new Date(mtime * 1000) };
      } catch (error) {
        if (!isBackupError(error, 'ALREADY_EXISTS')) throw await explainFailure(error, session, this.#options.root);
        throw new BackupError('ALREADY_EXISTS', `"${key}" exists already in ${this.label}`);
      }
    });
  }

  async *get(key: string, { range, signal }: GetOptions): AsyncIterable<Uint8Array> {
    const what = `cannot read "${key}" from ${this.label}`;
    const opened = await this.#call(what, signal, async (session) => {
      assertKey(key);
      const handle = await session.open(this.#pathOf(key), 'r');
      try {
        return { session, handle, extent: await this.#extentOf(session, handle, { key, range }) };
      } catch (error) {
        await session.close(handle).catch(() => undefined);
        throw error;
      }
    }).catch((error: unknown) => {
      if (!isBackupError(error, 'NOT_FOUND')) throw error;
      throw new BackupError('NOT_FOUND', `no object "${key}" in ${this.label}`, { cause: error.cause });
    });
    const { extent, handle, session } = opened;
    try {
      yield* abortableItems(readFile(session, handle, extent), signal);
    } catch (error) {
      throwIfAborted(signal);
      throw translate(error, what);
    } finally {
      const closing = session.close(handle).catch(() => undefined);
      this.#track(closing);
      if (!signal.aborted) await closing;
    }
  }

  stat(key: string, { signal }: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#call(`cannot look at "${key}" in ${this.label}`, signal, async (session) => {
      assertKey(key);
      try {
        const info = await session.stat(this.#pathOf(key));
        return info.isFile() ? { key, size: info.size, modified: new Date(info.mtime * 1000) } : undefined;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
  }

  async *list(prefix: string, { signal }: CallOptions): AsyncIterable<ObjectInfo> {
    const what = `cannot list "${prefix}" in ${this.label}`;
    assertPrefix(prefix);
    const session = await this.#call(what, signal, async (open) => open);
    const pathOf = (key: string): string => (key === '' ? this.#options.root : this.#pathOf(key));
    try {
      yield* abortableItems(walk({ session, pathOf, prefix, signal }), signal);
    } catch (error) {
      throwIfAborted(signal);
      throw translate(error, what);
    }
  }

  delete(key: string, { signal }: CallOptions): Promise<void> {
    return this.#call(`cannot delete "${key}" from ${this.label}`, signal, async (session) => {
      assertKey(key);
      if (this.#options.appendOnly) {
        throw new BackupError('READ_ONLY', `nothing is deleted from ${this.label}: it is set to "appendOnly"`);
      }
      try {
        await session.remove(this.#pathOf(key));
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    });
  }

  space({ signal }: CallOptions): Promise<Space | undefined> {
    return this.#call(`cannot ask for the room in ${this.label}`, signal, async (session) => {
      try {
        const info = await session.space(this.#options.root);
        return { freeBytes: info.f_bavail * info.f_frsize, totalBytes: info.f_blocks * info.f_frsize };
      } catch (error) {
        // Not every server tells it, and not of a folder that is not there yet.
        if (isBackupError(error)) throw error;
        return undefined;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#calls.close();
    await Promise.allSettled(this.#running);
    await this.#options.connection.close();
  }

  #pathOf(key: string): string {
    const { root } = this.#options;
    return root.endsWith('/') ? root + key : `${root}/${key}`;
  }

  async #extentOf(
    session: SftpSession,
    handle: Buffer,
    { key, range }: { readonly key: string; readonly range: GetOptions['range'] },
  ): Promise<Extent> {
    const info = await session.fstat(handle);
    if (!info.isFile()) throw new BackupError('NOT_FOUND', `no object "${key}" in ${this.label}`);
    const extent = range ?? { offset: 0, length: info.size };
    if (extent.offset + extent.length <= info.size) return extent;
    throw new BackupError('INVALID_RANGE', `"${key}" has ${info.size} bytes, too few for this range`);
  }

  #track(work: Promise<unknown>): void {
    const tracked = work.catch(() => undefined).finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  /** Nothing that was sent can be called back, so who gives up does not wait for it. */
  #call<T>(what: string, signal: AbortSignal, work: (session: SftpSession) => Promise<T>): Promise<T> {
    return this.#calls.run(what, signal, () => {
      const running = this.#options.connection.session().then(work);
      this.#track(running);
      return running;
    });
  }
}
