import type { Body } from '../body.ts';
import type { Clock } from '../clock.ts';
import { throwIfAborted } from '../errors.ts';
import type { Bandwidth } from './common-options.ts';
import type { Destination, GetOptions, ObjectInfo, PutOptions } from './destination.ts';
import { ForwardingDestination } from './forwarding.ts';
import { TokenBucket } from './token-bucket.ts';

/** Lets content pass at so many bytes a second in each direction, all calls together, during the hours of the day that are given. */
export class ThrottledDestination extends ForwardingDestination {
  readonly #clock: Clock;
  readonly #hours: Bandwidth['hours'];
  readonly #up: TokenBucket | undefined;
  readonly #down: TokenBucket | undefined;

  constructor(inner: Destination, options: { readonly bandwidth: Bandwidth; readonly clock: Clock }) {
    super(inner);
    const { bandwidth, clock } = options;
    this.#clock = clock;
    this.#hours = bandwidth.hours;
    this.#up = bandwidth.up === undefined ? undefined : new TokenBucket(bandwidth.up, clock);
    this.#down = bandwidth.down === undefined ? undefined : new TokenBucket(bandwidth.down, clock);
  }

  override put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    const bucket = this.#up;
    if (bucket === undefined) return this.inner.put(key, body, options);
    const slow: Body = { size: body.size, open: () => this.#pace(body.open(), bucket, options.signal) };
    return this.inner.put(key, slow, options);
  }

  override get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    const content = this.inner.get(key, options);
    return this.#down === undefined ? content : this.#pace(content, this.#down, options.signal);
  }

  async *#pace(parts: AsyncIterable<Uint8Array>, bucket: TokenBucket, signal: AbortSignal): AsyncIterable<Uint8Array> {
    for await (const part of parts) {
      let done = 0;
      while (done < part.byteLength && this.#applies()) {
        const piece = part.subarray(done, done + bucket.portion);
        await bucket.take(piece.byteLength, signal).catch((error: unknown) => {
          throwIfAborted(signal);
          throw error;
        });
        yield piece;
        done += piece.byteLength;
      }
      if (done < part.byteLength) yield part.subarray(done);
    }
  }

  /** By the clock on the wall: `8-23` is from eight until eleven at night, `22-6` runs over midnight. */
  #applies(): boolean {
    if (this.#hours === undefined) return true;
    const { from, to } = this.#hours;
    const hour = this.#clock.now().getHours();
    return from < to ? hour >= from && hour < to : hour >= from || hour < to;
  }
}
