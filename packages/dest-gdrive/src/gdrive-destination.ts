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
  type ObjectInfo,
  type PutOptions,
  type Space,
  throwIfAborted,
} from '@triplicate/core';
import type { DriveFile } from './drive-file.ts';
import type { Drive } from './drive.ts';
import { isMissing, translate } from './errors.ts';
import type { FolderTree } from './folder-tree.ts';
import type { ObjectStore } from './object-store.ts';
import { readFile } from './read.ts';
import { walk } from './walk.ts';

export interface GdriveDestinationOptions {
  readonly label: string;
  readonly drive: Drive;
  readonly tree: FolderTree;
  readonly store: ObjectStore;
  /** Called at the end, to leave word of what was written for the next process. */
  readonly keep: () => Promise<void>;
  readonly clock: Clock;
  readonly listLagMs: number;
  readonly appendOnly: boolean;
  readonly egressCost: boolean;
}

/** https://support.google.com/drive/answer/37603 */
const largestFile = 5 * 1024 ** 4;

/** A folder of a Google Drive: each object is a file, in folders that are the parts of its key. */
export class GdriveDestination implements Destination {
  readonly label: string;
  readonly capabilities: Capabilities;
  readonly #options: GdriveDestinationOptions;
  readonly #calls = new AdapterCalls(translate);

  constructor(options: GdriveDestinationOptions) {
    const { appendOnly, egressCost, label, listLagMs } = options;
    this.label = label;
    this.#options = options;
    this.capabilities = {
      listLagMs,
      writeOnce: 'no',
      canDelete: !appendOnly,
      egressCost,
      conditionalPut: false,
      rangeReads: true,
      // More only meets the limit of requests sooner.
      maxConcurrency: 4,
      maxObjectSize: largestFile,
    };
  }

  put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    return this.#calls.run(`cannot write "${key}" to ${this.label}`, options.signal, async () => {
      assertKey(key);
      if (body.size > largestFile) throw new BackupError('UNSUPPORTED', 'files in Google Drive have at most 5 TiB');
      return this.#options.store.put(key, body, options);
    });
  }

  async *get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    const { signal } = options;
    const what = `cannot read "${key}" from ${this.label}`;
    this.#calls.assertOpen(what, signal);
    assertKey(key);
    try {
      yield* abortableItems(this.#read(key, options), signal);
    } catch (error) {
      throwIfAborted(signal);
      throw translate(error, what);
    }
  }

  stat(key: string, { signal }: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#calls.run(`cannot look at "${key}" in ${this.label}`, signal, async () => {
      assertKey(key);
      const file = await this.#options.store.look(key, signal);
      return file === undefined ? undefined : { key, size: file.size ?? 0, modified: file.modified };
    });
  }

  async *list(prefix: string, { signal }: CallOptions): AsyncIterable<ObjectInfo> {
    const what = `cannot list "${prefix}" in ${this.label}`;
    this.#calls.assertOpen(what, signal);
    assertPrefix(prefix);
    try {
      yield* abortableItems(this.#list(prefix, signal), signal);
      throwIfAborted(signal);
    } catch (error) {
      throwIfAborted(signal);
      throw translate(error, what);
    }
  }

  delete(key: string, { signal }: CallOptions): Promise<void> {
    return this.#calls.run(`cannot delete "${key}" from ${this.label}`, signal, async () => {
      assertKey(key);
      if (!this.capabilities.canDelete) {
        throw new BackupError('READ_ONLY', `nothing is deleted from ${this.label}: it is set to "appendOnly"`);
      }
      await this.#options.store.remove(key, signal);
    });
  }

  space({ signal }: CallOptions): Promise<Space | undefined> {
    return this.#calls.run(`cannot ask ${this.label} for its room`, signal, () => this.#options.drive.space(signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#calls.close()) return;
    await this.#options.keep();
  }

  /** A file that is known may have been replaced by another machine meanwhile: then it is looked for again. */
  async *#read(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    const { drive, store } = this.#options;
    const known = store.memory.get(key);
    if (known !== undefined) {
      try {
        return yield* readFile(drive, known, options);
      } catch (error) {
        if (!isMissing(error)) throw error;
        store.memory.forget(key);
      }
    }
    const found = await store.find(key, options.signal);
    if (found === undefined) throw new BackupError('NOT_FOUND', 'no such object');
    yield* readFile(drive, found, options);
  }

  async *#list(prefix: string, signal: AbortSignal): AsyncIterable<ObjectInfo> {
    const { clock, drive, store, tree } = this.#options;
    const path = prefix.slice(0, Math.max(0, prefix.lastIndexOf('/')));
    const own = new Map<string, DriveFile>(store.memory.withPrefix(prefix));
    const ids = await tree.find(path, { fresh: true, patient: true });
    const isGone = (id: string): boolean => store.memory.isGone(id);
    if (ids.length > 0) {
      for await (const { key, modified, size } of walk({ path, ids }, { clock, drive, prefix, signal, isGone })) {
        own.delete(key);
        yield { key, size, modified };
      }
    }
    // What this process wrote and the listing does not show yet; another machine may have removed it since.
    for (const [key] of own) {
      const file = await store.look(key, signal);
      if (file !== undefined) yield { key, size: file.size ?? 0, modified: file.modified };
    }
  }
}
