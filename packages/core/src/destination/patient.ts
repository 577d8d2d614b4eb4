import type { Body } from '../body.ts';
import { BackupError } from '../errors.ts';
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

/** What a link carries at least, in bytes a second: an adapter that took a whole body at once is silent for as long as it travels. */
const slowestLink = 64 * 1024;

/**
 * A call that gives no sign of life for so long is ended with UNAVAILABLE, whatever the adapter does with its signal. A sign of life is a
 * piece of a body taken or given, or an entry of a listing. One that was refused again and again meanwhile ends with the last refusal.
 */
export class PatientDestination extends ForwardingDestination {
  /** Holds for the calls that begin from now on. */
  patienceMs: number;
  /** An adapter knows by the body that it is the same one again, and goes on where it was. */
  readonly #bodies = new WeakMap<Body, LivelyBody>();

  readonly #refusals: Refused = { count: 0, last: undefined };

  constructor(inner: Destination, patienceMs: number) {
    super(inner);
    this.patienceMs = patienceMs;
  }

  /** What is inside has been refused, and tries again. */
  refused(error: BackupError): void {
    this.#refusals.count += 1;
    this.#refusals.last = error;
  }

  override async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    const isHeldBack = this.inner.capabilities.storesAsItTakes !== true;
    const content = this.#bodies.get(body) ?? new LivelyBody(body, isHeldBack);
    this.#bodies.delete(body);
    try {
      return await this.#call(options.signal, (signal, alive) => {
        content.alive = alive;
        return this.inner.put(key, content, { ...options, signal });
      });
    } finally {
      this.#bodies.set(body, content);
    }
  }

  override get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    return this.#each(options.signal, (signal) => this.inner.get(key, { ...options, signal }));
  }

  override stat(key: string, options: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#call(options.signal, (signal) => this.inner.stat(key, { signal }));
  }

  override list(prefix: string, options: CallOptions): AsyncIterable<ObjectInfo> {
    return this.#each(options.signal, (signal) => this.inner.list(prefix, { signal }));
  }

  override delete(key: string, options: CallOptions): Promise<void> {
    return this.#call(options.signal, (signal) => this.inner.delete(key, { signal }));
  }

  override space(options: CallOptions): Promise<Space | undefined> {
    return this.#call(options.signal, async (signal) => this.inner.space?.({ signal }));
  }

  override keepUntil(key: string, options: KeepOptions): Promise<void> {
    return this.#call(options.signal, (signal) => super.keepUntil(key, { ...options, signal }));
  }

  /** A connection that hangs is left behind. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await this.#call(new AbortController().signal, () => super[Symbol.asyncDispose]()).catch(() => undefined);
  }

  #watch(signal: AbortSignal): Watch {
    return new Watch({ patienceMs: this.patienceMs, label: this.label, refusals: this.#refusals }, signal);
  }

  async #call<T>(
    signal: AbortSignal,
    work: (signal: AbortSignal, alive: (moreMs: number) => void) => Promise<T>,
  ): Promise<T> {
    using watch = this.#watch(signal);
    return await Promise.race([work(watch.signal, (moreMs) => watch.alive(moreMs)), watch.over]);
  }

  async *#each<T>(signal: AbortSignal, work: (signal: AbortSignal) => AsyncIterable<T>): AsyncIterable<T> {
    const watch = this.#watch(signal);
    const items = work(watch.signal)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const item = await Promise.race([items.next(), watch.over]);
        // Whoever takes the items may take as long as it likes.
        watch.pause();
        if (item.done === true) return;
        yield item.value;
        watch.alive();
      }
    } finally {
      watch.pause();
      // The caller's signal counts until the adapter is done with it.
      void Promise.resolve(items.return?.())
        .catch(() => undefined)
        .finally(() => watch[Symbol.dispose]());
    }
  }
}

class LivelyBody implements Body {
  readonly size: number;
  alive: (moreMs: number) => void = () => undefined;
  readonly #body: Body;
  readonly #isHeldBack: boolean;

  /** `isHeldBack`: the adapter may hold what it took, and be silent for as long as that travels. */
  constructor(body: Body, isHeldBack: boolean) {
    this.size = body.size;
    this.#body = body;
    this.#isHeldBack = isHeldBack;
  }

  async *open(): AsyncIterable<Uint8Array> {
    let taken = 0;
    for await (const piece of this.#body.open()) {
      taken += piece.byteLength;
      // Told before the piece is given: the last one is followed by nothing but the wait for the answer.
      this.alive(this.#isHeldBack ? (taken / slowestLink) * 1000 : 0);
      yield piece;
    }
  }
}

/** The refusals of a destination, by all its calls. */
interface Refused {
  count: number;
  last: BackupError | undefined;
}

interface WatchParts {
  readonly patienceMs: number;
  readonly label: string;
  readonly refusals: Readonly<Refused>;
}

/** A timer that starts anew with each sign of life; `over` rejects when it runs out, or with the caller's signal. */
class Watch implements Disposable {
  readonly over: Promise<never>;
  readonly #parts: WatchParts;
  readonly #abort = new AbortController();
  readonly #caller: AbortSignal;
  readonly #stop: () => void;
  readonly #runOut: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** How many refusals there were at the last sign of life. */
  #refusedBefore = 0;

  constructor(parts: WatchParts, caller: AbortSignal) {
    this.#parts = parts;
    this.#caller = caller;
    const { promise, reject } = Promise.withResolvers<never>();
    this.over = promise;
    promise.catch(() => undefined);
    this.#runOut = () => {
      const error = this.#failure();
      reject(error);
      this.#abort.abort(error);
    };
    this.#stop = () => {
      reject(caller.reason instanceof Error ? caller.reason : new BackupError('ABORTED', 'interrupted'));
      this.#abort.abort(caller.reason);
    };
    if (caller.aborted) this.#stop();
    caller.addEventListener('abort', this.#stop, { once: true });
    this.alive();
  }

  /** Fires when it runs out, and with the caller's. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  alive(moreMs = 0): void {
    this.pause();
    this.#refusedBefore = this.#parts.refusals.count;
    this.#timer = setTimeout(this.#runOut, this.#parts.patienceMs + moreMs);
  }

  #failure(): BackupError {
    const { label, patienceMs, refusals } = this.#parts;
    const long = `for ${Math.round(patienceMs / 1000)} s`;
    const { count, last } = refusals;
    if (last === undefined || count === this.#refusedBefore)
      return new BackupError('UNAVAILABLE', `${label} gave no sign of life ${long}`);
    const { context, hint, message } = last;
    return new BackupError('UNAVAILABLE', `${message}, again and again ${long}`, { hint, context, cause: last });
  }

  pause(): void {
    clearTimeout(this.#timer);
  }

  [Symbol.dispose](): void {
    this.pause();
    this.#caller.removeEventListener('abort', this.#stop);
  }
}
