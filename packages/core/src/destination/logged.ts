import type { Body } from '../body.ts';
import type { Clock } from '../clock.ts';
import { isBackupError } from '../errors.ts';
import type { Log } from '../plugin/plugin.ts';
import type { CallOptions, Destination, GetOptions, KeepOptions, ObjectInfo, PutOptions } from './destination.ts';
import { ForwardingDestination } from './forwarding.ts';

type Facts = Readonly<Record<string, unknown>>;

/** One debug line for each call that reached the adapter, with how long it took and how it ended. Names and sizes only, never content. */
export class LoggedDestination extends ForwardingDestination {
  readonly #log: Log;
  readonly #clock: Clock;

  constructor(inner: Destination, options: { readonly log: Log; readonly clock: Clock }) {
    super(inner);
    this.#log = options.log;
    this.#clock = options.clock;
  }

  override put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    return this.#call('put', { key, bytes: body.size }, () => this.inner.put(key, body, options));
  }

  override stat(key: string, options: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#call('stat', { key }, () => this.inner.stat(key, options));
  }

  override delete(key: string, options: CallOptions): Promise<void> {
    return this.#call('delete', { key }, () => this.inner.delete(key, options));
  }

  override keepUntil(key: string, options: KeepOptions): Promise<void> {
    return this.#call('keep', { key, until: options.until.toISOString() }, () => super.keepUntil(key, options));
  }

  override get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    let bytes = 0;
    const count = (part: Uint8Array): Facts => ({ bytes: (bytes += part.byteLength) });
    return this.#stream('get', { key, ...options.range }, this.inner.get(key, options), count);
  }

  override list(prefix: string, options: CallOptions): AsyncIterable<ObjectInfo> {
    let entries = 0;
    return this.#stream('list', { prefix }, this.inner.list(prefix, options), () => ({ entries: (entries += 1) }));
  }

  async *#stream<T>(verb: string, facts: Facts, items: AsyncIterable<T>, count: (item: T) => Facts): AsyncIterable<T> {
    const end = this.#begin(verb, facts);
    let sum: Facts = {};
    let ended = false;
    try {
      for await (const item of items) {
        sum = count(item);
        yield item;
      }
      ended = true;
      end(sum);
    } catch (error) {
      ended = true;
      end(sum, error);
      throw error;
    } finally {
      if (!ended) end({ ...sum, left: true });
    }
  }

  async #call<T>(verb: string, facts: Facts, work: () => Promise<T>): Promise<T> {
    const end = this.#begin(verb, facts);
    try {
      const result = await work();
      end({});
      return result;
    } catch (error) {
      end({}, error);
      throw error;
    }
  }

  #begin(verb: string, facts: Facts): (more: Facts, error?: unknown) => void {
    const started = this.#clock.now().getTime();
    return (more, error) => {
      const ms = this.#clock.now().getTime() - started;
      const context = { destination: this.label, ...facts, ...more, ms };
      if (error === undefined) this.#log.debug(verb, context);
      else this.#log.debug(`${verb} failed`, { ...context, ...failure(error) });
    };
  }
}

/** Whatever is not ours may carry anything in its message: only its name is told. */
const failure = (error: unknown): Facts =>
  isBackupError(error)
    ? { code: error.code, message: error.message }
    : { code: 'unknown', message: error instanceof Error ? error.name : typeof error };
