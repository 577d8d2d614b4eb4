import { writeSync } from 'node:fs';
import {
  type Body,
  type CallOptions,
  type Destination,
  ForwardingDestination,
  type GetOptions,
  type ObjectInfo,
  type PutOptions,
} from '@triplicate/core';

export interface KillAt {
  /** Of the operations that count, over all destinations; the first is 1. */
  readonly operation: number;
  /** `middle`: a put is begun and gets half of its body; any other operation is killed before it begins. */
  readonly where: 'before' | 'middle';
  /** What counts, e.g. `put index`; everything when absent. */
  readonly only?: string;
}

/** Counts the operations of all destinations of a process, and ends the process when it comes to one of them. */
export class Countdown {
  readonly counts = new Map<string, number>();
  total = 0;
  readonly #kill: KillAt | undefined;
  #left: number;

  constructor(kill?: KillAt) {
    this.#kill = kill;
    this.#left = kill?.operation ?? Number.POSITIVE_INFINITY;
  }

  /** Whether the process dies in the middle of this operation; it does not return when it dies before. */
  begin(verb: string, key: string, place: string): boolean {
    const name = `${verb} ${key.split('/')[0] ?? ''}`;
    this.total += 1;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    if (this.#kill?.only !== undefined && this.#kill.only !== name) return false;
    this.#left -= 1;
    if (this.#left !== 0) return false;
    writeSync(1, `${JSON.stringify({ killed: name, place, total: this.total })}\n`);
    if (this.#kill?.where === 'middle' && verb === 'put') return true;
    die();
    return false;
  }
}

const die = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

/** Outside of every wrapper: what the engine asks for, it counts. */
export class KillingDestination extends ForwardingDestination {
  readonly #countdown: Countdown;
  readonly #name: string;

  constructor(inner: Destination, name: string, countdown: Countdown) {
    super(inner);
    this.#name = name;
    this.#countdown = countdown;
  }

  override put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    const dies = this.#countdown.begin('put', key, this.#name);
    return this.inner.put(key, dies ? halfOf(body) : body, options);
  }

  override get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    this.#countdown.begin('get', key, this.#name);
    return this.inner.get(key, options);
  }

  override stat(key: string, options: CallOptions): Promise<ObjectInfo | undefined> {
    this.#countdown.begin('stat', key, this.#name);
    return this.inner.stat(key, options);
  }

  override list(prefix: string, options: CallOptions): AsyncIterable<ObjectInfo> {
    this.#countdown.begin('list', prefix, this.#name);
    return this.inner.list(prefix, options);
  }

  override delete(key: string, options: CallOptions): Promise<void> {
    this.#countdown.begin('delete', key, this.#name);
    return this.inner.delete(key, options);
  }
}

/** Gives half of the bytes, time to write them, and then the process is gone. */
const halfOf = (body: Body): Body => ({
  size: body.size,
  async *open() {
    let left = Math.floor(body.size / 2);
    for await (const part of body.open()) {
      yield part.subarray(0, left);
      left -= part.byteLength;
      if (left > 0) continue;
      await new Promise((resolve) => setTimeout(resolve, 20));
      die();
    }
  },
});
