import {
  AdapterCalls,
  assertKey,
  assertPrefix,
  BackupError,
  type Body,
  type CallOptions,
  type Capabilities,
  type Destination,
  exactBuffer,
  type GetOptions,
  type KeepOptions,
  type ObjectInfo,
  type PutOptions,
  throwIfAborted,
} from '@triplicate/core';
import type { Conditional } from './conditional.ts';
import { isMissing, statusOf, translate } from './errors.ts';
import { extendLock } from './extend-lock.ts';
import { getObject } from './get-object.ts';
import { listObjects } from './list-objects.ts';
import { listVersions } from './list-versions.ts';
import type { Inspection } from './inspection.ts';
import { mostParts } from './options.ts';
import type { Place } from './place.ts';
import { putObject } from './put-object.ts';
import { putParts, sweepUploads } from './put-parts.ts';

const tebi = 1024 ** 4;

export interface S3DestinationOptions {
  readonly place: Place;
  readonly conditional: Conditional;
  readonly inspection: Inspection;
  readonly appendOnly: boolean;
  readonly egressCost: boolean;
}

/** A bucket: each object is an object of the same name. */
export class S3Destination implements Destination {
  readonly label: string;
  readonly #options: S3DestinationOptions;
  /** Writes that go on behind a caller who gave up: they clean up behind themselves. */
  readonly #running = new Set<Promise<unknown>>();
  #swept = false;
  readonly #calls = new AdapterCalls(translate);

  constructor(options: S3DestinationOptions) {
    this.label = options.place.label;
    this.#options = options;
  }

  get capabilities(): Capabilities {
    const { appendOnly, conditional, egressCost, inspection, place } = this.#options;
    return {
      listLagMs: 0,
      writeOnce: inspection.versioned ? 'versions' : 'no',
      canDelete: !appendOnly,
      egressCost,
      conditionalPut: conditional.ability === 'proven',
      rangeReads: true,
      maxConcurrency: 8,
      maxObjectSize: Math.min(5 * tebi, place.partSize * mostParts),
    };
  }

  put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    return this.#call(`cannot write "${key}" to ${this.label}`, options.signal, async () => {
      assertKey(key);
      if (body.size > (this.capabilities.maxObjectSize ?? 0)) {
        throw new BackupError('UNSUPPORTED', `"${key}" is larger than objects in ${this.label} can be`);
      }
      await (options.ifAbsent === true ? this.#putIfAbsent(key, body, options) : this.#write(key, body, options));
      return { key, size: body.size, modified: this.#options.place.clock.now() };
    });
  }

  async *get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    const what = `cannot read "${key}" from ${this.label}`;
    this.#calls.assertOpen(what, options.signal);
    assertKey(key);
    try {
      await this.#options.inspection.ensure(options.signal);
      yield* getObject(this.#options.place, key, options);
    } catch (error) {
      throwIfAborted(options.signal);
      throw translate(error, what);
    }
  }

  stat(key: string, { signal }: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#call(`cannot look at "${key}" in ${this.label}`, signal, () => this.#look(key, signal));
  }

  async *list(prefix: string, { signal }: CallOptions): AsyncIterable<ObjectInfo> {
    const what = `cannot list "${prefix}" in ${this.label}`;
    this.#calls.assertOpen(what, signal);
    assertPrefix(prefix);
    try {
      await this.#options.inspection.ensure(signal);
      for await (const info of listObjects(this.#options.place, prefix, signal)) {
        throwIfAborted(signal);
        yield info;
      }
      throwIfAborted(signal);
    } catch (error) {
      throwIfAborted(signal);
      throw translate(error, what);
    }
  }

  async *versions(key: string, { signal }: CallOptions): AsyncIterable<Body> {
    const what = `cannot look for older versions of "${key}" in ${this.label}`;
    this.#calls.assertOpen(what, signal);
    assertKey(key);
    try {
      await this.#options.inspection.ensure(signal);
      if (this.capabilities.writeOnce === 'versions') yield* listVersions(this.#options.place, key, signal);
    } catch (error) {
      throwIfAborted(signal);
      throw translate(error, what);
    }
  }

  delete(key: string, { signal }: CallOptions): Promise<void> {
    return this.#call(`cannot delete "${key}" from ${this.label}`, signal, async () => {
      assertKey(key);
      if (this.#options.appendOnly) {
        throw new BackupError('READ_ONLY', `nothing is deleted from ${this.label}: it is set to "appendOnly"`);
      }
      const { bucket, client } = this.#options.place;
      try {
        await client.deleteObject({ Bucket: bucket, Key: key }, { abortSignal: signal });
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    });
  }

  keepUntil(key: string, options: KeepOptions): Promise<void> {
    return this.#call(`cannot extend the lock on "${key}" in ${this.label}`, options.signal, async () => {
      assertKey(key);
      await extendLock(this.#options.place, key, options);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#calls.close();
    await Promise.allSettled(this.#running);
    this.#options.place.client.destroy();
  }

  /** The service decides where it can; a look before the write is what remains elsewhere. */
  async #putIfAbsent(key: string, body: Body, { signal }: PutOptions): Promise<void> {
    const { conditional, place } = this.#options;
    const inOnePiece = body.size <= place.partSize;
    const before = conditional.ability;
    if ((before !== 'proven' || !inOnePiece) && (await this.#look(key, signal)) !== undefined) throw this.#exists(key);
    if (before === 'absent') return this.#write(key, body, { signal });
    try {
      await this.#write(key, body, { signal, onlyIfAbsent: true });
    } catch (error) {
      if (statusOf(error) === 412) throw this.#exists(key);
      if (statusOf(error) === 409 && (await this.#look(key, signal)) !== undefined) throw this.#exists(key);
      if (!conditional.isRefusal(error)) throw error;
      await conditional.remember('absent');
      return this.#write(key, body, { signal });
    }
    if (before === 'unknown' && inOnePiece) {
      await conditional.prove(place, key, { content: await exactBuffer(body, signal), signal });
    }
  }

  async #write(
    key: string,
    body: Body,
    { signal, onlyIfAbsent = false }: { readonly signal: AbortSignal; readonly onlyIfAbsent?: boolean },
  ): Promise<void> {
    const { place } = this.#options;
    if (body.size <= place.partSize) {
      return putObject(place, key, await exactBuffer(body, signal), { onlyIfAbsent, signal });
    }
    await this.#sweepOnce(key, signal);
    await putParts(place, key, body, { onlyIfAbsent, signal });
  }

  async #sweepOnce(key: string, signal: AbortSignal): Promise<void> {
    if (this.#swept) return;
    this.#swept = true;
    // Not everyone may list uploads, and the write does not depend on it.
    await sweepUploads(this.#options.place, repositoryOf(key), signal).catch(() => undefined);
  }

  async #look(key: string, signal: AbortSignal): Promise<ObjectInfo | undefined> {
    assertKey(key);
    const { bucket, client, clock } = this.#options.place;
    try {
      const told = await client.headObject({ Bucket: bucket, Key: key }, { abortSignal: signal });
      return { key, size: told.ContentLength ?? 0, modified: told.LastModified ?? clock.now() };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  #exists(key: string): BackupError {
    return new BackupError('ALREADY_EXISTS', `"${key}" exists already in ${this.label}`);
  }

  /** Who gives up does not wait for the upload to be cleared away. */
  #call<T>(what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#calls.run(what, signal, () => {
      const running = this.#options.inspection.ensure(signal).then(work);
      this.#running.add(running);
      return running.finally(() => this.#running.delete(running));
    });
  }
}

/** What stands before the name of an object of a repository; of any other name the folder. */
const repositoryOf = (key: string): string =>
  key.replace(/(?:^|(?<=\/))(?:data\/[0-9a-f]{2}|index|keys|locks|snapshots)\/[0-9a-f]{64}$|[^/]*$/, '');
