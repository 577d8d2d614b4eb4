import type { Body } from '../body.ts';
import { throwIfAborted } from '../errors.ts';
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
  readonly #concurrency: number;
  #taken = 0;
  /** In the order they came. */
  readonly #waiting = new Set<() => void>();

  constructor(inner: Destination, concurrency: number) {
    super(inner);
    this.#concurrency = concurrency;
  }

  override get capabilities(): Capabilities {
    return { ...this.inner.capabilities, maxConcurrency: this.#concurrency };
  }

  override put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    return this.#hold(options, () => this.inner.put(key, body, options));
  }

  override async *get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    await this.#acquire(options);
    try {
      yield* this.inner.get(key, options);
    } finally {
      this.#release();
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
    await this.#acquire(options);
    try {
      return await work();
    } finally {
      this.#release();
    }
  }

  /** Waits for a place; one that was given when the signal fired goes to the next. */
  async #acquire({ signal }: CallOptions): Promise<void> {
    throwIfAborted(signal);
    if (this.#taken < this.#concurrency) {
      this.#taken += 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    try {
      await abortable(promise, signal);
    } catch (error) {
      if (!this.#waiting.delete(resolve)) this.#release();
      throw error;
    }
  }

  #release(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#taken -= 1;
    else {
      this.#waiting.delete(next);
      next();
    }
  }
}
