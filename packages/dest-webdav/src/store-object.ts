import { createHash, randomBytes } from 'node:crypto';
import {
  BackupError,
  type Body,
  type Clock,
  isBackupError,
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

  constructor(client: WebdavClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async store(key: string, storing: Storing): Promise<ObjectInfo> {
    const { body, signal } = storing;
    const folder = folderOf(key);
    const temporary = `${uploads}/${randomBytes(12).toString('hex')}`;
    await Promise.all([this.#prepare(uploads), this.#prepare(folder)]);
    try {
      await this.#client.write(temporary, body, signal);
      const info = await this.#client.look(temporary, signal);
      if (info?.size !== body.size) {
        throw notKept(`it was stored with ${info?.size ?? 'no'} bytes instead of ${body.size}`);
      }
      throwIfAborted(signal);
      await this.#publish(temporary, key, storing);
      return { key, size: body.size, modified: info.modified ?? this.#clock.now() };
    } catch (error) {
      await this.#client.remove(temporary, AbortSignal.timeout(givingUpMs)).catch(() => undefined);
      if (!isFolderMissing(error)) throw error;
      for (const name of [uploads, folder]) this.#ready.delete(name);
      throw new BackupError('UNAVAILABLE', 'a folder vanished while it was written to', { cause: error });
    }
  }

  async #publish(temporary: string, key: string, { body, ifAbsent, signal }: Storing): Promise<void> {
    try {
      return await this.#client.move(temporary, key, { overwrite: false, signal });
    } catch (error) {
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
