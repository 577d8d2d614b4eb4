import { createHash } from 'node:crypto';
import {
  AdapterCalls,
  assertKey,
  assertPrefix,
  BackupError,
  type Body,
  bodyOf,
  type CallOptions,
  type Capabilities,
  type Clock,
  collect,
  type Destination,
  exactBytes,
  type GetOptions,
  type HttpExchange,
  isBackupError,
  isNotKept,
  notKept,
  type ObjectInfo,
  type PutOptions,
  throwIfAborted,
} from '@triplicate/core';
import { translate } from './errors.ts';
import { getObject } from './get-object.ts';
import { listObjects } from './list-objects.ts';
import { isId, type Place, placeOf } from './places.ts';
import type { RestProtocol } from './protocol.ts';
import { noRestServer } from './recognise.ts';

export interface RestDestinationOptions {
  readonly label: string;
  readonly exchange: HttpExchange;
  readonly protocol: RestProtocol;
  readonly clock: Clock;
  readonly appendOnly: boolean;
  readonly egressCost: boolean;
  readonly listLagMs: number;
  /** Nothing stands between, and what is stored was compared already. */
  readonly ownRclone: boolean;
}

/** Up to here a body is read before it is sent, so that one that breaks never reaches the server; larger than any usual pack. */
const mostInMemory = 32 * 1024 * 1024;
const creatingMs = 60_000;

/**
 * A repository on a REST server. The protocol replaces nothing: what is there is refused, except for an object whose bytes do not match the
 * hash that is its name, which those that do may replace.
 */
export class RestDestination implements Destination {
  readonly label: string;
  readonly capabilities: Capabilities;
  readonly #options: RestDestinationOptions;
  /** Folders of repositories that were made, or will be. */
  readonly #created = new Map<string, Promise<void>>();
  /** What the server took and was not asked for yet, and the key of it. */
  readonly #taken = new WeakMap<Body, string>();
  readonly #calls = new AdapterCalls(translate);

  constructor(options: RestDestinationOptions) {
    this.label = options.label;
    this.#options = options;
    this.capabilities = {
      listLagMs: options.listLagMs,
      writeOnce: 'refuses',
      canDelete: !options.appendOnly,
      egressCost: options.egressCost,
      conditionalPut: false,
      rangeReads: true,
      // As restic has it.
      maxConcurrency: 5,
    };
  }

  put(key: string, body: Body, { signal, ifAbsent = false }: PutOptions): Promise<ObjectInfo> {
    return this.#calls.run(`cannot write "${key}" to ${this.label}`, signal, async () => {
      assertKey(key);
      const place = placeOf(key);
      if (this.#isTaken(key, body)) return await this.#finish(key, body, signal);
      const inMemory = body.size <= mostInMemory;
      const content = inMemory ? bodyOf(await collect(exactBytes(body, signal))) : body;
      await this.#create(place);
      // rclone overwrites, and not in one piece: it has to be asked first.
      if (ifAbsent || this.#options.protocol.isRclone) await this.#makeRoom(key, content, { ifAbsent, signal });
      await this.#write(key, content, signal);
      return await this.#finish(key, body, signal);
    });
  }

  #isTaken(key: string, body: Body): boolean {
    return this.#taken.get(body) === key && this.#taken.delete(body);
  }

  /** Of what the server said it took. When the answer gets lost, the next attempt asks again, and does not write and read all of it. */
  async #finish(key: string, body: Body, signal: AbortSignal): Promise<ObjectInfo> {
    try {
      if (!this.#options.ownRclone) await this.#assertKept(placeOf(key), body.size, signal);
    } catch (error) {
      if (isBackupError(error) && error.retryable && !isNotKept(error)) this.#taken.set(body, key);
      throw error;
    }
    return { key, size: body.size, modified: this.#options.clock.now() };
  }

  async *get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    const what = `cannot read "${key}" from ${this.label}`;
    this.#calls.assertOpen(what, options.signal);
    assertKey(key);
    try {
      yield* getObject(this.#options.protocol, placeOf(key), options);
    } catch (error) {
      throwIfAborted(options.signal);
      throw translate(error, what);
    }
  }

  stat(key: string, { signal }: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#calls.run(`cannot look at "${key}" in ${this.label}`, signal, async () => {
      assertKey(key);
      const found = await this.#options.protocol.look(placeOf(key), signal);
      return found && { key, size: found.size, modified: found.modified ?? this.#options.clock.now() };
    });
  }

  async *list(prefix: string, { signal }: CallOptions): AsyncIterable<ObjectInfo> {
    const what = `cannot list "${prefix}" in ${this.label}`;
    this.#calls.assertOpen(what, signal);
    assertPrefix(prefix);
    const { clock, protocol } = this.#options;
    try {
      for await (const info of listObjects({ clock, protocol, signal }, prefix)) {
        throwIfAborted(signal);
        yield info;
      }
      throwIfAborted(signal);
    } catch (error) {
      throwIfAborted(signal);
      throw translate(error, what);
    }
  }

  delete(key: string, { signal }: CallOptions): Promise<void> {
    return this.#calls.run(`cannot delete "${key}" from ${this.label}`, signal, async () => {
      assertKey(key);
      if (this.#options.appendOnly) throw this.#appendOnly();
      await this.#options.protocol.delete(placeOf(key), signal);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#calls.close();
    await this.#options.exchange[Symbol.asyncDispose]();
  }

  /** As restic does before the first objects of a new repository; harmless where it is. */
  async #create({ folder, repository }: Place): Promise<void> {
    if (folder !== 'keys' && folder !== '') return;
    // For all who wait for it, so no signal of one of them ends it.
    const made =
      this.#created.get(repository) ?? this.#options.protocol.create(repository, AbortSignal.timeout(creatingMs));
    this.#created.set(repository, made);
    made.catch(() => this.#created.delete(repository));
    await made;
  }

  async #write(key: string, content: Body, signal: AbortSignal): Promise<void> {
    const { protocol } = this.#options;
    const place = placeOf(key);
    try {
      await protocol.write(place, content, signal);
    } catch (error) {
      if (content.size > mostInMemory) await protocol.delete(place, AbortSignal.timeout(10_000)).catch(() => undefined);
      const status = statusOf(error);
      if (status === undefined) throw error;
      if (place.folder === 'triplicate' && !protocol.isRclone && [400, 403, 404, 405].includes(status))
        throw unknownPlace(error);
      if (status !== 403 || (await protocol.look(place, signal)) === undefined) throw error;
      await this.#makeRoom(key, content, { ifAbsent: false, signal });
      await protocol.write(place, content, signal);
    }
  }

  /** The answer proves nothing: what stands between says yes to all as well, and some servers take what they do not know for a repository's name. */
  async #assertKept(place: Place, size: number, signal: AbortSignal): Promise<void> {
    const { protocol } = this.#options;
    const found = await protocol.look(place, signal);
    if (found?.size === size) return;
    if (found === undefined && place.folder === 'triplicate' && !protocol.isRclone) throw unknownPlace();
    // A repository begins with these two.
    if (found === undefined && (place.folder === 'keys' || place.folder === ''))
      throw noRestServer('it took an object and does not have it');
    const what = found === undefined ? 'does not have it' : `has ${found.size} bytes of it instead of ${size}`;
    throw notKept(`the server took the object and ${what}`, { status: 200 });
  }

  /** Throws ALREADY_EXISTS where something is that is not plainly damaged. */
  async #makeRoom(
    key: string,
    content: Body,
    { ifAbsent, signal }: { readonly ifAbsent: boolean; readonly signal: AbortSignal },
  ): Promise<void> {
    const { appendOnly, protocol } = this.#options;
    const place = placeOf(key);
    if ((await protocol.look(place, signal)) === undefined) return;
    const exists = new BackupError('ALREADY_EXISTS', `"${key}" exists already in ${this.label}`);
    if (ifAbsent || !isId(place.name) || (await sha256(content.open())) !== place.name) throw exists;
    const found = await sha256(getObject(protocol, place, { signal })).catch((error: unknown) => {
      // What a write that was cut off left behind may be cleared away this moment.
      if (isBackupError(error, 'NOT_FOUND')) return undefined;
      throw error;
    });
    if (found === undefined) return;
    if (found === place.name) throw exists;
    if (appendOnly) throw this.#appendOnly();
    await protocol.delete(place, signal);
  }

  #appendOnly(): BackupError {
    return new BackupError('READ_ONLY', `nothing is deleted from ${this.label}: it is set to "appendOnly"`);
  }
}

const statusOf = (error: unknown): number | undefined => {
  const status = isBackupError(error) ? error.context['status'] : undefined;
  return typeof status === 'number' ? status : undefined;
};

const unknownPlace = (cause?: unknown): BackupError =>
  new BackupError('UNSUPPORTED', 'this REST server keeps the objects of restic alone', {
    cause,
    context: { status: 405 },
  });

const sha256 = async (content: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash('sha256');
  for await (const piece of content) hash.update(piece);
  return hash.digest('hex');
};
