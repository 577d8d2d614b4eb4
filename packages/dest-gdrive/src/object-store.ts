import { BackupError, type Body, type Clock, notKept, type ObjectInfo, type PutOptions } from '@triplicate/core';
import { type DriveFile, type NewFile, youngestFirst } from './drive-file.ts';
import { type Drive, inFolders, quoted } from './drive.ts';
import { statusOf, translate } from './errors.ts';
import type { FolderTree } from './folder-tree.ts';
import { Memory } from './memory.ts';
import type { Recent } from './recent.ts';
import { abandon, type Digests, digestsOf, type Unfinished, upload } from './upload.ts';

export interface ObjectStoreOptions {
  readonly drive: Drive;
  readonly tree: FolderTree;
  readonly clock: Clock;
  readonly listLagMs: number;
  readonly chunkSize: number;
  readonly canDelete: boolean;
  readonly recent: Recent;
}

/** An upload that has not come to its end. */
interface Begun extends Unfinished {
  /** The same one in each attempt of a call; of another one nothing but the id and the session is of use. */
  readonly body: Body;
  readonly others: readonly DriveFile[];
  /** Of what was sent, once all of it was. */
  digests: Digests | undefined;
}

/** Objects by their keys, over files that have ids: one name is one object, whatever Drive allows. */
export class ObjectStore {
  readonly memory: Memory;
  readonly #options: ObjectStoreOptions;
  /** Uploads whose end is not known: the next attempt goes on with them. */
  readonly #unfinished = new Map<string, Begun>();
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
      for await (const file of this.#options.drive.find(q, { signal })) {
        // Drive compares names without regard to case; folders have no bytes.
        if (file.name === name && file.size !== undefined && !this.memory.isGone(file.id)) files.set(file.id, file);
      }
    }
    return [...files.values()].toSorted(youngestFirst);
  }

  async #put(key: string, body: Body, { ifAbsent = false, signal }: PutOptions): Promise<ObjectInfo> {
    const { drive, tree } = this.#options;
    const [folder, name] = partsOf(key);
    const begun = this.#unfinished.get(key);
    // What an attempt before has found out and done is not done again: where one request in five fails, none would come to its end.
    const own = begun?.body === body ? begun : { id: begun?.id, session: begun?.session, body, digests: undefined };
    const others = begun?.body === body ? begun.others : await this.#others(key, begun?.id, { ifAbsent, signal });
    if (ifAbsent && others.length > 0) throw new BackupError('ALREADY_EXISTS', 'it exists already');
    const upload: Begun = { ...own, others, id: own.id ?? (await drive.newId(signal)) };
    this.#unfinished.set(key, upload);
    const parent = await tree.ensure(folder);
    upload.digests ??= await this.#send({ id: upload.id, name, parent }, upload, signal);
    const file = await this.#verify(key, upload, signal);
    this.#unfinished.delete(key);
    this.memory.keep(key, file);
    // From now on it is the object; what had the name before goes.
    if (this.#options.canDelete) for (const { id } of others) await this.#removeFile(id, signal);
    return { key, size: body.size, modified: file.modified };
  }

  /** Where nobody asks whether it is there, a twin in a folder that another machine has just made does no harm. */
  async #others(
    key: string,
    ownId: string | undefined,
    { ifAbsent, signal }: PutOptions,
  ): Promise<readonly DriveFile[]> {
    const all =
      ifAbsent === true
        ? await this.#all(key, signal)
        : await this.#within(await this.#options.tree.find(partsOf(key)[0]), key, signal);
    return all.filter(({ id }) => id !== ownId);
  }

  async #send(file: NewFile, begun: Begun, signal: AbortSignal): Promise<Digests> {
    const { chunkSize, drive, tree } = this.#options;
    try {
      return await upload(file, begun.body, { client: drive.client, chunkSize, signal, unfinished: begun });
    } catch (error) {
      // The id is taken: an attempt before has arrived after all, and only its answer was lost.
      if (statusOf(error) === 409) return digestsOf(begun.body, signal);
      // The folder was removed by somebody.
      if (statusOf(error) === 404 && begun.session === undefined) {
        tree.forget();
        throw new BackupError('UNAVAILABLE', 'the folder is not there any more', { cause: error });
      }
      // Nobody will go on with it, e.g. because the source of the content broke.
      if (!translate(error, '').retryable) void abandon(begun, drive.client);
      throw error;
    }
  }

  /** Google has exactly the bytes that were sent; otherwise they go, and the call may be made again. */
  async #verify(key: string, { body, digests, id }: Begun, signal: AbortSignal): Promise<DriveFile> {
    const file = await this.#options.drive.look(id, signal);
    if (file === undefined) {
      this.#unfinished.delete(key);
      throw notKept('it was accepted and is not there');
    }
    const same = file.sha256 === undefined ? file.md5 === digests?.md5 : file.sha256 === digests?.sha256;
    if (file.size === body.size && same) return file;
    this.#unfinished.delete(key);
    await this.#removeFile(id, signal);
    throw notKept('the content was damaged on its way');
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
