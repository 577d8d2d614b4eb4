import type { Body } from '../body.ts';
import type { Clock } from '../clock.ts';
import { BackupError, isBackupError } from '../errors.ts';
import { Attempts } from './attempts.ts';
import type { RetryPolicy } from './backoff.ts';
import { Circuit } from './circuit.ts';
import type {
  CallOptions,
  Destination,
  GetOptions,
  KeepOptions,
  ObjectInfo,
  PutOptions,
  Space,
} from './destination.ts';
import { ForwardingDestination } from './forwarding.ts';
import { sameContent } from './same-content.ts';
import { WatchedBody } from './watched-body.ts';

export interface RetryingOptions {
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  /** A number from 0 to below 1, as `Math.random` gives it. */
  readonly random: () => number;
  /** Told of each failure after which a call is made again. */
  readonly onRetry?: ((error: BackupError) => void) | undefined;
}

/**
 * Makes a call again when its error says that it may succeed then (`retryable`). A `get` that broke goes on where it was, a `list` begins
 * again and yields no entry twice. While the destination is down, every call fails at once with UNAVAILABLE.
 *
 * A `get` that goes on while its object is being replaced may join the old one and the new one. Objects do not change by convention, and
 * what is read is verified by those who read; to be sure here would take another request for every get.
 */
export class RetryingDestination extends ForwardingDestination {
  readonly #options: RetryingOptions;
  readonly #circuit: Circuit;
  readonly #closing = new AbortController();

  constructor(inner: Destination, options: RetryingOptions) {
    super(inner);
    this.#options = options;
    this.#circuit = new Circuit(options.policy, options.clock);
  }

  override async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    const content = new WatchedBody(body);
    let again = false;
    const result = await this.#retry(options, async () => {
      try {
        return await this.inner.put(key, content, options);
      } catch (error) {
        // Where the content comes from has retries of its own, and its failure says nothing about this destination.
        if (content.isBroken) return { error };
        // The attempt before may have arrived and only its answer got lost.
        const own =
          again && isBackupError(error, 'ALREADY_EXISTS') ? await this.#ownWrite(key, body, options) : undefined;
        if (own !== undefined) return own;
        again = true;
        throw error;
      }
    });
    if ('error' in result) throw result.error;
    return result;
  }

  override async *get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    const attempts = this.#attempts(options);
    let position = 0;
    for (;;) {
      try {
        attempts.begin();
        for await (const part of this.#getFrom(key, position, options)) {
          position += part.byteLength;
          attempts.progressed();
          yield part;
        }
        this.#circuit.succeeded();
        return;
      } catch (error) {
        await attempts.failed(error);
      }
    }
  }

  override stat(key: string, options: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#retry(options, () => this.inner.stat(key, options));
  }

  override async *list(prefix: string, options: CallOptions): AsyncIterable<ObjectInfo> {
    const attempts = this.#attempts(options);
    const seen = new Set<string>();
    for (;;) {
      try {
        attempts.begin();
        for await (const info of this.inner.list(prefix, options)) {
          if (seen.has(info.key)) continue;
          seen.add(info.key);
          attempts.progressed();
          yield info;
        }
        this.#circuit.succeeded();
        return;
      } catch (error) {
        await attempts.failed(error);
      }
    }
  }

  override delete(key: string, options: CallOptions): Promise<void> {
    return this.#retry(options, () => this.inner.delete(key, options));
  }

  override space(options: CallOptions): Promise<Space | undefined> {
    return this.#retry(options, () => super.space(options));
  }

  override keepUntil(key: string, options: KeepOptions): Promise<void> {
    return this.#retry(options, () => super.keepUntil(key, options));
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await super[Symbol.asyncDispose]();
  }

  async #retry<T>(options: CallOptions, work: () => Promise<T>): Promise<T> {
    const attempts = this.#attempts(options);
    for (;;) {
      try {
        attempts.begin();
        const result = await work();
        this.#circuit.succeeded();
        return result;
      } catch (error) {
        await attempts.failed(error);
      }
    }
  }

  #attempts({ signal }: CallOptions): Attempts {
    const context = { ...this.#options, label: this.label, circuit: this.#circuit, closed: this.#closing.signal };
    return new Attempts(context, signal);
  }

  /** The content without its first `position` bytes, which were given out already. */
  async *#getFrom(key: string, position: number, options: GetOptions): AsyncIterable<Uint8Array> {
    if (position === 0) {
      yield* this.inner.get(key, options);
    } else if (this.capabilities.rangeReads) {
      const offset = (options.range?.offset ?? 0) + position;
      const length = (await this.#end(key, options)) - offset;
      if (length < 0) throw new BackupError('CORRUPT', `"${key}" in ${this.label} changed while it was read`);
      const room = options.room && { room: options.room.subarray(position) };
      if (length > 0) yield* this.inner.get(key, { ...options, ...room, range: { offset, length } });
    } else {
      let skip = position;
      for await (const part of this.inner.get(key, options)) {
        if (part.byteLength > skip) yield part.subarray(skip);
        skip = Math.max(0, skip - part.byteLength);
      }
    }
  }

  async #end(key: string, { range, signal }: GetOptions): Promise<number> {
    if (range !== undefined) return range.offset + range.length;
    const info = await this.inner.stat(key, { signal });
    if (info === undefined) throw new BackupError('NOT_FOUND', `no object "${key}" in ${this.label}`);
    return info.size;
  }

  /** The object at `key` if it holds exactly the content of `body`. What fails of that is asked again, and nothing is written anew for it. */
  async #ownWrite(key: string, body: Body, { signal }: CallOptions): Promise<ObjectInfo | undefined> {
    try {
      const info = await this.stat(key, { signal });
      if (info?.size !== body.size) return undefined;
      return (await sameContent(this.get(key, { signal }), body.open())) ? info : undefined;
    } catch (error) {
      if (isBackupError(error) && (error.retryable || error.code === 'ABORTED')) throw error;
      return undefined;
    }
  }
}
