import pLimit, { type LimitFunction } from 'p-limit';
import type { Body } from '../body.ts';
import { abortable } from './abortable.ts';
import type {
  CallOptions,
  Capabilities,
  Destination,
  GetOptions,
  KeepOptions,
  ObjectInfo,
  PutOptions,
  Space,
} from './destination.ts';
import { ForwardingDestination } from './forwarding.ts';

/**
 * At most `concurrency` calls at the same time, served in the order they came. A `get` holds its place until its stream ends or is left.
 * A `list` holds one only while it waits for the next entry, so that a reader may call the destination for each entry of a listing.
 */
export class LimitedDestination extends ForwardingDestination {
  readonly #limit: LimitFunction;
  readonly #concurrency: number;

  constructor(inner: Destination, concurrency: number) {
    super(inner);
    this.#concurrency = concurrency;
    this.#limit = pLimit(concurrency);
  }

  override get capabilities(): Capabilities {
    return { ...this.inner.capabilities, maxConcurrency: this.#concurrency };
  }

  override put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    return this.#hold(options, () => this.inner.put(key, body, options));
  }

  override async *get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    const release = await this.#acquire(options);
    try {
      yield* this.inner.get(key, options);
    } finally {
      release();
    }
  }

  override stat(key: string, options: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#hold(options, () => this.inner.stat(key, options));
  }

  override async *list(prefix: string, options: CallOptions): AsyncIterable<ObjectInfo> {
    const entries = this.inner.list(prefix, options)[Symbol.asyncIterator]();
    let ended = false;
    try {
      for (;;) {
        const next = await this.#hold(options, () => entries.next());
        if (next.done) {
          ended = true;
          return;
        }
        yield next.value;
      }
    } finally {
      if (!ended) await entries.return?.();
    }
  }

  override delete(key: string, options: CallOptions): Promise<void> {
    return this.#hold(options, () => this.inner.delete(key, options));
  }

  override space(options: CallOptions): Promise<Space | undefined> {
    return this.#hold(options, () => super.space(options));
  }

  override keepUntil(key: string, options: KeepOptions): Promise<void> {
    return this.#hold(options, () => super.keepUntil(key, options));
  }

  async #hold<T>(options: CallOptions, work: () => Promise<T>): Promise<T> {
    const release = await this.#acquire(options);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Waits for a place, and gives it back at once when the signal fired in the meantime. */
  async #acquire({ signal }: CallOptions): Promise<() => void> {
    const place = Promise.withResolvers<() => void>();
    void this.#limit(() => {
      const { promise, resolve } = Promise.withResolvers<void>();
      place.resolve(resolve);
      return promise;
    });
    try {
      return await abortable(place.promise, signal);
    } catch (error) {
      void place.promise.then((release) => release());
      throw error;
    }
  }
}
