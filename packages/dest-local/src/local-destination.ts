import { constants } from 'node:fs';
import { type FileHandle, open, stat, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
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
import { systemCode, translate } from './errors.ts';
import { GivenUp } from './given-up.ts';
import { type Platform, thisPlatform } from './platform.ts';
import { readFile } from './read-file.ts';
import type { Root } from './root.ts';
import { storeObject } from './store-object.ts';
import { sweepTemporary } from './temporary.ts';
import { walk } from './walk.ts';

export interface LocalDestinationOptions {
  readonly clock: Clock;
  readonly platform?: Platform;
  readonly appendOnly?: boolean;
}

/** A folder: each object is a file at the path that is its key. */
export class LocalDestination implements Destination {
  readonly label: string;
  readonly capabilities: Capabilities;
  readonly #root: Root;
  readonly #clock: Clock;
  readonly #platform: Platform;
  /** Folders that are known to be there and swept; one promise for all who wait. */
  readonly #ready = new Map<string, Promise<void>>();
  /** Folders in which a listing met something half-written. */
  readonly #littered = new Set<string>();
  readonly #givenUp = new GivenUp();
  #closed = false;

  constructor(root: Root, options: LocalDestinationOptions) {
    this.label = root.path;
    this.capabilities = {
      listLagMs: 0,
      writeOnce: 'no',
      canDelete: options.appendOnly !== true,
      egressCost: false,
      conditionalPut: true,
      rangeReads: true,
      // Each call keeps a file thread of the process busy while it waits for the disk; restic uses two connections as well.
      maxConcurrency: 2,
      storesAsItTakes: true,
    };
    this.#root = root;
    this.#clock = options.clock;
    this.#platform = options.platform ?? thisPlatform;
  }

  put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    return this.#call(`cannot write "${key}" to ${this.label}`, options.signal, async () => {
      assertKey(key);
      const folder = key.split('/').slice(0, -1).join('/');
      if (!(await this.#root.look())) await this.#root.create();
      await this.#prepare(folder);
      await this.#sweepLittered();
      try {
        const context = { ...options, clock: this.#clock, platform: this.#platform };
        const modified = await storeObject(join(this.#root.path, key), body, context);
        return { key, size: body.size, modified };
      } catch (error) {
        this.#ready.delete(folder);
        throw await this.#explainPut(key, error);
      }
    });
  }

  async *get(key: string, { range, room, signal }: GetOptions): AsyncIterable<Uint8Array> {
    const what = `cannot read "${key}" from ${this.label}`;
    const { file, size } = await this.#call(what, signal, () => this.#openFile(key));
    try {
      yield* this.#givenUp.items(readFile(file, { key, size, range, room }), signal);
    } catch (error) {
      throw translate(error, what);
    } finally {
      // Closing waits for a read that hangs; who gave up must not.
      const closed = file.close();
      if (signal.aborted) this.#givenUp.leave(closed);
      else await closed;
    }
  }

  stat(key: string, { signal }: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#call(`cannot look at "${key}" in ${this.label}`, signal, async () => {
      assertKey(key);
      const info = await this.#unlessAbsent(() => stat(join(this.#root.path, key)));
      return info?.isFile() ? { key, size: info.size, modified: info.mtime } : undefined;
    });
  }

  async *list(prefix: string, { signal }: CallOptions): AsyncIterable<ObjectInfo> {
    const what = `cannot list "${prefix}" in ${this.label}`;
    assertPrefix(prefix);
    if (!(await this.#call(what, signal, () => this.#root.look()))) return;
    try {
      yield* this.#givenUp.items(
        walk(this.#root.path, prefix, { signal, onTemporary: (folder) => this.#littered.add(folder) }),
        signal,
      );
    } catch (error) {
      throw translate(
        await this.#explainVanished(error, `a folder in ${this.label} vanished while it was listed`),
        what,
      );
    }
    // Files that could not be found were deleted, or the whole disk was unmounted: then the listing was not whole.
    await this.#call(what, signal, () => this.#root.look());
  }

  delete(key: string, { signal }: CallOptions): Promise<void> {
    return this.#call(`cannot delete "${key}" from ${this.label}`, signal, async () => {
      assertKey(key);
      if (!this.capabilities.canDelete)
        throw new BackupError('READ_ONLY', `nothing is deleted from ${this.label}: it is set to "appendOnly"`);
      await this.#unlessAbsent(() => unlink(join(this.#root.path, key)));
      await this.#sweepLittered();
    });
  }

  space({ signal }: CallOptions): Promise<Space | undefined> {
    return this.#call(`cannot ask for the room in ${this.label}`, signal, async () => {
      const info = (await this.#root.look()) ? await statfs(this.#root.path) : undefined;
      return info && { freeBytes: info.bavail * info.bsize, totalBytes: info.blocks * info.bsize };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
  }

  /** A folder on a server that hangs must not hold up who has given up waiting. */
  async #call<T>(what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    throwIfAborted(signal);
    if (this.#closed) throw new BackupError('ABORTED', `${what}: it is closed`);
    try {
      return await this.#givenUp.call(work, signal);
    } catch (error) {
      throw error instanceof TypeError && systemCode(error) === undefined ? error : translate(error, what);
    }
  }

  /** `undefined` when there is no such file, and the disk that it would be on is there. */
  async #unlessAbsent<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR') throw error;
      await this.#root.look();
      return undefined;
    }
  }

  async #openFile(key: string): Promise<{ readonly file: FileHandle; readonly size: number }> {
    assertKey(key);
    // Not blocking: a pipe under that name must not hang the reader.
    const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
    const file = await this.#unlessAbsent(() => open(join(this.#root.path, key), flags));
    const info = await file?.stat();
    if (file !== undefined && info?.isFile()) return { file, size: info.size };
    await file?.close();
    throw new BackupError('NOT_FOUND', `no object "${key}" in ${this.label}`);
  }

  async #prepare(folder: string): Promise<void> {
    const known = this.#ready.get(folder);
    if (known !== undefined) return known;
    const ready = (async () => {
      await this.#root.createBelow(folder === '' ? [] : folder.split('/'));
      await sweepTemporary(join(this.#root.path, folder), this.#clock);
    })();
    this.#ready.set(folder, ready);
    ready.catch(() => this.#ready.delete(folder));
    return ready;
  }

  /** Listing changes nothing; who writes or deletes after it, as prune and check do, clears away what it met. */
  async #sweepLittered(): Promise<void> {
    const folders = [...this.#littered];
    this.#littered.clear();
    for (const folder of folders) await sweepTemporary(join(this.#root.path, folder), this.#clock);
  }

  async #explainPut(key: string, error: unknown): Promise<unknown> {
    if (isBackupError(error, 'ALREADY_EXISTS')) {
      return new BackupError('ALREADY_EXISTS', `"${key}" exists already in ${this.label}`);
    }
    const code = systemCode(error) ?? '';
    if (code === 'ENOENT')
      return this.#explainVanished(error, `a folder in ${this.label} vanished while it was written to`);
    if (!['ENOTDIR', 'EISDIR', 'ENOTEMPTY', 'EEXIST'].includes(code)) return error;
    return new BackupError(
      'UNSUPPORTED',
      `"${key}" cannot stand beside what is there: one name would be a file and a folder at once`,
      {
        hint: 'Give the destination a folder of its own, or move away what is not of the repository.',
        cause: error,
      },
    );
  }

  /** The whole disk, or just a folder: then the same call may succeed when it is made again. */
  async #explainVanished(error: unknown, what: string): Promise<unknown> {
    if (systemCode(error) !== 'ENOENT') return error;
    try {
      await this.#root.look();
    } catch (gone) {
      return gone;
    }
    return new BackupError('UNAVAILABLE', what, { cause: error });
  }
}
