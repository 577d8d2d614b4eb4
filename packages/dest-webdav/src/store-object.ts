import { createHash, randomBytes } from 'node:crypto';
import {
  BackupError,
  type Body,
  type Clock,
  isBackupError,
  isNotKept,
  notKept,
  type ObjectInfo,
  throwIfAborted,
} from '@triplicate/core';
import type { WebdavClient } from './client.ts';

/**
 * Where objects stand until they are whole. A key has no `~`, and a folder of their own keeps them out of all listings: some servers break
 * one off when a file moves meanwhile.
 */
const uploads = '~triplicate-uploads';
const pattern = /^[0-9a-f]{24}$/;
const oneDayMs = 24 * 60 * 60 * 1000;
const givingUpMs = 10_000;
const makingMs = 60_000;

export interface Storing {
  readonly body: Body;
  readonly ifAbsent: boolean;
  readonly signal: AbortSignal;
}

/** What an attempt has written and not brought to its place. */
interface Begun {
  readonly key: string;
  readonly temporary: string;
  /** When it was seen to be whole. */
  seen?: { readonly modified: Date };
}

const folderOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('/')));

/**
 * Writes an object so that its name never stands for less than the whole: aside, looked at, then moved. Servers replace in two
 * steps, if at all, so nothing is replaced but an object whose bytes do not match the hash that is its name.
 */
export class StoreObject {
  readonly #client: WebdavClient;
  readonly #clock: Clock;
  /** Folders that are known to be there. */
  readonly #ready = new Map<string, Promise<void>>();
  /** One after the other: some servers lock a folder against everybody while they make it. */
  #making: Promise<unknown> = Promise.resolve();
  #swept = false;
  /** What an attempt before has done is not done again: where one request in five fails, hardly any would come to its end. */
  readonly #begun = new Map<Body, Begun>();
  readonly #removing = new Set<Promise<void>>();

  constructor(client: WebdavClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async store(key: string, storing: Storing): Promise<ObjectInfo> {
    const { body, signal } = storing;
    const folder = folderOf(key);
    let begun = this.#takeUp(key, body);
    try {
      await Promise.all([this.#prepare(uploads), this.#prepare(folder)]);
      begun ??= await this.#write(key, body, signal);
      begun.seen ??= await this.#look(begun, body, signal);
      throwIfAborted(signal);
      await this.#publish(begun, key, storing);
      return { key, size: body.size, modified: begun.seen.modified };
    } catch (error) {
      const isGone = begun !== undefined && isFolderMissing(error);
      const goesOn = !isGone && isBackupError(error) && error.retryable && !isNotKept(error);
      if (begun !== undefined && goesOn) this.#begun.set(body, begun);
      else if (begun !== undefined) this.#remove(begun.temporary);
      if (!isFolderMissing(error)) throw error;
      for (const name of [uploads, folder]) this.#ready.delete(name);
      throw new BackupError('UNAVAILABLE', 'a folder vanished while it was written to', { cause: error });
    }
  }

  /** Takes away what nobody goes on with. */
  async close(): Promise<void> {
    for (const { temporary } of this.#begun.values()) this.#remove(temporary);
    this.#begun.clear();
    await Promise.allSettled(this.#removing);
  }

  #takeUp(key: string, body: Body): Begun | undefined {
    const begun = this.#begun.get(body);
    if (begun?.key !== key) return undefined;
    this.#begun.delete(body);
    return begun;
  }

  /** Each time under another name: what was cut off may still arrive. */
  async #write(key: string, body: Body, signal: AbortSignal): Promise<Begun> {
    const temporary = `${uploads}/${randomBytes(12).toString('hex')}`;
    try {
      await this.#client.write(temporary, body, signal);
    } catch (error) {
      this.#remove(temporary);
      throw error;
    }
    return { key, temporary };
  }

  async #look({ temporary }: Begun, body: Body, signal: AbortSignal): Promise<NonNullable<Begun['seen']>> {
    const info = await this.#client.look(temporary, signal);
    if (info?.size === body.size) return { modified: info.modified ?? this.#clock.now() };
    throw notKept(`it was stored with ${info?.size ?? 'no'} bytes instead of ${body.size}`);
  }

  #remove(temporary: string): void {
    const removing = this.#client.remove(temporary, AbortSignal.timeout(givingUpMs)).catch(() => undefined);
    this.#removing.add(removing);
    void removing.then(() => this.#removing.delete(removing));
  }

  async #publish({ temporary }: Begun, key: string, { body, ifAbsent, signal }: Storing): Promise<void> {
    try {
      return await this.#client.move(temporary, key, { overwrite: false, signal });
    } catch (error) {
      // An attempt before has moved it, and only the answer got lost: whoever tried again compares what is there.
      if (isFolderMissing(error) && (await this.#client.look(key, signal)) !== undefined)
        throw new BackupError('ALREADY_EXISTS', 'it exists already', { cause: error });
      if (!isBackupError(error, 'ALREADY_EXISTS') || ifAbsent || !(await this.#isDamaged(key, body, signal)))
        throw error;
    }
    await this.#client.move(temporary, key, { overwrite: true, signal });
  }

  /** Whether what is there does not match its name, and the new content does. */
  async #isDamaged(key: string, body: Body, signal: AbortSignal): Promise<boolean> {
    const name = key.slice(key.lastIndexOf('/') + 1);
    if (!/^[0-9a-f]{64}$/.test(name) || (await sha256(body.open())) !== name) return false;
    return (await sha256(this.#client.read(key, { signal }))) !== name;
  }

  /** For all who wait for it, so no signal of one of them ends it. */
  #prepare(folder: string): Promise<void> {
    const known = this.#ready.get(folder);
    if (known !== undefined) return known;
    const ready = this.#making.then(() => this.#client.makeFolder(folder, AbortSignal.timeout(makingMs)));
    this.#making = ready.catch(() => undefined);
    this.#ready.set(folder, ready);
    ready.catch(() => this.#ready.delete(folder));
    if (folder === uploads && !this.#swept) void ready.then(() => this.#sweep()).catch(() => undefined);
    return ready;
  }

  /** Removes what a killed run left half-written; a younger one may still be at work. Nothing that fails here matters. */
  async #sweep(): Promise<void> {
    this.#swept = true;
    const oldest = this.#clock.now().getTime() - oneDayMs;
    const signal = AbortSignal.timeout(makingMs);
    for (const [name, { modified }] of (await this.#client.list(uploads, signal)) ?? []) {
      if (!pattern.test(name) || modified === undefined || modified.getTime() >= oldest) continue;
      await this.#client.remove(`${uploads}/${name}`, signal);
    }
  }
}

const isFolderMissing = (error: unknown): boolean =>
  isBackupError(error) && (error.context['status'] === 404 || error.context['status'] === 409);

const sha256 = async (content: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash('sha256');
  for await (const piece of content) hash.update(piece);
  return hash.digest('hex');
};
