import {
  AdapterCalls,
  assertKey,
  assertPrefix,
  BackupError,
  type Body,
  type CallOptions,
  type Capabilities,
  type Destination,
  type GetOptions,
  type KeepOptions,
  type ObjectInfo,
  type PutOptions,
  throwIfAborted,
} from '@triplicate/core';
import { exists, isMissing, type ProvedBy, translate } from './errors.ts';
import { extendPolicy } from './extend-policy.ts';
import { getBlob } from './get-blob.ts';
import type { Inspection } from './inspection.ts';
import { listBlobs } from './list-blobs.ts';
import { listVersions } from './list-versions.ts';
import { mostBlocks } from './options.ts';
import type { Place } from './place.ts';
import { putBlob } from './put-blob.ts';

export interface AzureDestinationOptions {
  readonly place: Place;
  readonly inspection: Inspection;
  readonly provedBy: ProvedBy;
  readonly appendOnly: boolean;
  readonly egressCost: boolean;
}

/** A container: each object is a block blob of the same name. */
export class AzureDestination implements Destination {
  readonly label: string;
  readonly #options: AzureDestinationOptions;
  readonly #translate = (error: unknown, what: string) => translate(error, what, this.#options.provedBy);
  readonly #calls = new AdapterCalls(this.#translate);

  constructor(options: AzureDestinationOptions) {
    this.label = options.place.label;
    this.#options = options;
  }

  get capabilities(): Capabilities {
    const { appendOnly, egressCost, inspection, place } = this.#options;
    return {
      listLagMs: 0,
      writeOnce: inspection.versioned ? 'versions' : 'no',
      canDelete: !appendOnly,
      egressCost,
      conditionalPut: true,
      rangeReads: true,
      maxConcurrency: 8,
      maxObjectSize: place.partSize * mostBlocks,
    };
  }

  put(key: string, body: Body, { ifAbsent = false, signal }: PutOptions): Promise<ObjectInfo> {
    return this.#call(`cannot write "${key}" to ${this.label}`, signal, async () => {
      assertKey(key);
      if (body.size > (this.capabilities.maxObjectSize ?? 0)) {
        throw new BackupError('UNSUPPORTED', `"${key}" is larger than objects in ${this.label} can be`);
      }
      try {
        return {
          key,
          size: body.size,
          modified: await putBlob(this.#options.place, key, body, { onlyIfAbsent: ifAbsent, signal }),
        };
      } catch (error) {
        if (!ifAbsent || !exists(error)) throw error;
        throw new BackupError('ALREADY_EXISTS', `"${key}" exists already in ${this.label}`);
      }
    });
  }

  async *get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    const what = `cannot read "${key}" from ${this.label}`;
    this.#calls.assertOpen(what, options.signal);
    assertKey(key);
    try {
      await this.#options.inspection.ensure(options.signal);
      yield* getBlob(this.#options.place, key, options);
    } catch (error) {
      throwIfAborted(options.signal);
      throw this.#translate(error, what);
    }
  }

  stat(key: string, { signal }: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#call(`cannot look at "${key}" in ${this.label}`, signal, async () => {
      assertKey(key);
      try {
        const told = await this.#options.place.client.getBlobClient(key).getProperties({ abortSignal: signal });
        return { key, size: told.contentLength ?? 0, modified: told.lastModified ?? this.#options.place.clock.now() };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
  }

  async *list(prefix: string, { signal }: CallOptions): AsyncIterable<ObjectInfo> {
    const what = `cannot list "${prefix}" in ${this.label}`;
    this.#calls.assertOpen(what, signal);
    assertPrefix(prefix);
    try {
      await this.#options.inspection.ensure(signal);
      for await (const info of listBlobs(this.#options.place.client, { prefix, signal })) {
        throwIfAborted(signal);
        yield info;
      }
      throwIfAborted(signal);
    } catch (error) {
      throwIfAborted(signal);
      throw this.#translate(error, what);
    }
  }

  async *versions(key: string, { signal }: CallOptions): AsyncIterable<Body> {
    const what = `cannot look for older versions of "${key}" in ${this.label}`;
    this.#calls.assertOpen(what, signal);
    assertKey(key);
    try {
      await this.#options.inspection.ensure(signal);
      if (this.capabilities.writeOnce === 'versions') yield* listVersions(this.#options.place.client, key, signal);
    } catch (error) {
      throwIfAborted(signal);
      throw this.#translate(error, what);
    }
  }

  delete(key: string, { signal }: CallOptions): Promise<void> {
    return this.#call(`cannot delete "${key}" from ${this.label}`, signal, async () => {
      assertKey(key);
      if (this.#options.appendOnly) {
        throw new BackupError('READ_ONLY', `nothing is deleted from ${this.label}: it is set to "appendOnly"`);
      }
      try {
        await this.#options.place.client.getBlobClient(key).delete({ abortSignal: signal });
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    });
  }

  keepUntil(key: string, options: KeepOptions): Promise<void> {
    return this.#call(`cannot extend the policy of "${key}" in ${this.label}`, options.signal, async () => {
      assertKey(key);
      await extendPolicy(this.#options.place, key, options);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#calls.close();
  }

  #call<T>(what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#calls.run(what, signal, () => this.#options.inspection.ensure(signal).then(work));
  }
}
