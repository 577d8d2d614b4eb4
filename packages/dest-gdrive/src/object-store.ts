import { BackupError, type Body, type Clock, isBackupError, type ObjectInfo, type PutOptions } from '@triplicate/core';
import { type DriveFile, youngestFirst } from './drive-file.ts';
import { type Drive, inFolders, quoted } from './drive.ts';
import { statusOf } from './errors.ts';
import type { FolderTree } from './folder-tree.ts';
import { Memory } from './memory.ts';
import { abandon, type Digests, digestsOf, type Unfinished, upload } from './upload.ts';

export interface ObjectStoreOptions {
  readonly drive: Drive;
  readonly tree: FolderTree;
  readonly clock: Clock;
  readonly listLagMs: number;
  readonly chunkSize: number;
  readonly canDelete: boolean;
}

/** Objects by their keys, over files that have ids: one name is one object, whatever Drive allows. */
export class ObjectStore {
  readonly memory: Memory;
  readonly #options: ObjectStoreOptions;
  /** Uploads whose end is not known: the next attempt goes on with them. */
  readonly #unfinished = new Map<string, Unfinished>();
  /** Calls that change one key come one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: ObjectStoreOptions) {
    this.#options = options;
    this.memory = new Memory(options);
  }

  put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    return this.#inTurn(key, () => this.#put(key, body, options));
  }

  remove(key: string, signal: AbortSignal): Promise<void> {
    return this.#inTurn(key, async () => {
      for (const { id } of await this.#all(key, signal)) await this.#removeFile(id, signal);
      this.memory.forget(key);
    });
  }

  /** The file that is the object now, as Google tells it by its id. */
  async look(key: string, signal: AbortSignal): Promise<DriveFile | undefined> {
    const known = this.memory.get(key);
    const file = known === undefined ? undefined : await this.#options.drive.look(known.id, signal);
    if (file !== undefined) return file;
    this.memory.forget(key);
    return this.find(key, signal);
  }

  /** The file that is the object, as far as this machine knows; at most so old as a listing may be. */
  async find(key: string, signal: AbortSignal): Promise<DriveFile | undefined> {
    const known = this.memory.get(key);
    if (known !== undefined) return known;
    const [youngest] = await this.#all(key, signal);
    if (youngest !== undefined) this.memory.keep(key, youngest);
    return youngest;
  }

  /** Every file of the name, the youngest first. Before it says that there is none, it looks again for folders that another machine made. */
  async #all(key: string, signal: AbortSignal): Promise<readonly DriveFile[]> {
    const { tree } = this.#options;
    const [folder] = partsOf(key);
    const known = await tree.find(folder);
    const files = await this.#within(known, key, signal);
    if (files.length > 0) return files;
    const fresh = await tree.find(folder, { fresh: true });
    return fresh.every((id) => known.includes(id)) ? [] : this.#within(fresh, key, signal);
  }

  async #within(folders: readonly string[], key: string, signal: AbortSignal): Promise<readonly DriveFile[]> {
    const [, name] = partsOf(key);
    const files = new Map<string, DriveFile>();
    const known = this.memory.get(key);
    if (known !== undefined) files.set(known.id, known);
    if (folders.length > 0) {
      const q = `${inFolders(folders)} and name = ${quoted(name)}`;
      for await (const file of this.#options.drive.find(q, signal)) {
        // Drive compares names without regard to case; folders have no bytes.
        if (file.name === name && file.size !== undefined && !this.memory.isGone(file.id)) files.set(file.id, file);
      }
    }
    return [...files.values()].toSorted(youngestFirst);
  }

  async #put(key: string, body: Body, { ifAbsent = false, signal }: PutOptions): Promise<ObjectInfo> {
    const { tree } = this.#options;
    const begun = await this.#finishEarlier(key, body, { ifAbsent, signal });
    if (begun.file !== undefined) return this.#settle(key, begun.file, begun.others, signal);
    if (ifAbsent && begun.others.length > 0) throw new BackupError('ALREADY_EXISTS', 'it exists already');
    const [folder, name] = partsOf(key);
    const parent = await tree.ensure(folder);
    const unfinished = this.#unfinished.get(key) ?? { id: await this.#options.drive.newId(signal) };
    this.#unfinished.set(key, unfinished);
    const digests = await this.#send({ id: unfinished.id, name, parent }, body, { unfinished, signal });
    const file = await this.#verify(key, unfinished.id, { digests, size: body.size, signal });
    return this.#settle(key, file, begun.others, signal);
  }

  async #send(
    file: { readonly id: string; readonly name: string; readonly parent: string },
    body: Body,
    { signal, unfinished }: { readonly unfinished: Unfinished; readonly signal: AbortSignal },
  ): Promise<Digests> {
    const { chunkSize, drive, tree } = this.#options;
    try {
      return await upload(file, body, { client: drive.client, chunkSize, signal, unfinished });
    } catch (error) {
      // The id is taken: an attempt before has arrived after all.
      if (statusOf(error) === 409) return digestsOf(body, signal);
      // The folder was removed by somebody.
      if (statusOf(error) === 404) {
        tree.forget();
        throw new BackupError('UNAVAILABLE', 'the folder is not there any more', { cause: error });
      }
      // What the content comes from broke, not the service.
      if (isBackupError(error) && !error.retryable) void abandon(unfinished, drive.client);
      throw error;
    }
  }

  /** An attempt before may have arrived, and only its answer was lost. */
  async #finishEarlier(
    key: string,
    body: Body,
    { ifAbsent = false, signal }: PutOptions,
  ): Promise<{ readonly file?: DriveFile; readonly others: readonly DriveFile[] }> {
    // Where nobody asks whether it is there, a twin in a folder that another machine has just made does no harm.
    const all = ifAbsent
      ? await this.#all(key, signal)
      : await this.#within(await this.#options.tree.find(partsOf(key)[0]), key, signal);
    const unfinished = this.#unfinished.get(key);
    if (unfinished === undefined) return { others: all };
    const others = all.filter(({ id }) => id !== unfinished.id);
    const arrived = await this.#options.drive.look(unfinished.id, signal);
    if (arrived === undefined) return { others };
    const digests = await digestsOf(body, signal);
    const file = await this.#verify(key, unfinished.id, { digests, size: body.size, signal });
    return { file, others };
  }

  /** Google has exactly the bytes that were sent; otherwise they go, and the call may be made again. */
  async #verify(
    key: string,
    id: string,
    { digests, signal, size }: { readonly digests: Digests; readonly size: number; readonly signal: AbortSignal },
  ): Promise<DriveFile> {
    const file = await this.#options.drive.look(id, signal);
    if (file === undefined) {
      this.#unfinished.delete(key);
      throw new BackupError('UNAVAILABLE', 'it was accepted and is not there');
    }
    const same = file.sha256 === undefined ? file.md5 === digests.md5 : file.sha256 === digests.sha256;
    if (file.size === size && same) return file;
    this.#unfinished.delete(key);
    await this.#removeFile(id, signal);
    throw new BackupError('UNAVAILABLE', 'the content was damaged on its way');
  }

  /** From now on it is the object; what had the name before goes. */
  async #settle(key: string, file: DriveFile, others: readonly DriveFile[], signal: AbortSignal): Promise<ObjectInfo> {
    this.#unfinished.delete(key);
    this.memory.keep(key, file);
    if (this.#options.canDelete) for (const { id } of others) await this.#removeFile(id, signal);
    return { key, size: file.size ?? 0, modified: file.modified };
  }

  async #removeFile(id: string, signal: AbortSignal): Promise<void> {
    await this.#options.drive.remove(id, signal);
    this.memory.remove(id);
  }

  async #inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(key) ?? Promise.resolve();
    const result = before.then(work, work);
    const turn = result.catch(() => undefined);
    this.#turns.set(key, turn);
    try {
      return await result;
    } finally {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    }
  }
}

const partsOf = (key: string): readonly [folder: string, name: string] => {
  const at = key.lastIndexOf('/');
  return [key.slice(0, Math.max(0, at)), key.slice(at + 1)];
};
