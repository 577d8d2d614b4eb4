/** Pieces of any size on their way to a worker: gathered in shared memory, and read there while the next ones come. */

/** Large enough that a message costs nothing beside its bytes, small enough to stand in the cache of a processor. */
export const gatherBytes = 256 * 1024;

/** The worker reads one half while the other is filled. */
export type GatherBuffers = readonly [Uint8Array, Uint8Array];

/** In shared memory: a message then carries where the bytes stand, and no copy of them. */
export const gatherBuffers = (): GatherBuffers => {
  const shared = new SharedArrayBuffer(2 * gatherBytes);
  return [new Uint8Array(shared, 0, gatherBytes), new Uint8Array(shared, gatherBytes)];
};

export interface GatheredStreamParts<Reply> {
  /** `bytes` may be read until it resolves. One call at a time. */
  readonly send: (bytes: Uint8Array, last: boolean) => Promise<Reply>;
  /** The stream's own until `finish` has resolved. */
  readonly buffers: GatherBuffers;
}

export class GatheredStream<Reply> {
  readonly #send: GatheredStreamParts<Reply>['send'];
  #filling: Uint8Array;
  #other: Uint8Array;
  #filled = 0;
  #underway: Promise<unknown> = Promise.resolve();

  constructor({ send, buffers: [filling, other] }: GatheredStreamParts<Reply>) {
    this.#send = send;
    this.#filling = filling;
    this.#other = other;
  }

  /** Resolves when there is room for more; rejects when what was sent before was refused. */
  async push(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.byteLength;) {
      const part = bytes.subarray(from, from + this.#filling.byteLength - this.#filled);
      this.#filling.set(part, this.#filled);
      this.#filled += part.byteLength;
      from += part.byteLength;
      if (this.#filled === this.#filling.byteLength) await this.#sendOn();
    }
  }

  /** Sends the rest, and gives what the worker answers to it. */
  async finish(): Promise<Reply> {
    await this.#underway;
    return this.#send(this.#filling.subarray(0, this.#filled), true);
  }

  async #sendOn(): Promise<void> {
    await this.#underway;
    this.#underway = this.#send(this.#filling, false);
    // Told by the next call.
    this.#underway.catch(() => undefined);
    [this.#filling, this.#other] = [this.#other, this.#filling];
    this.#filled = 0;
  }
}
