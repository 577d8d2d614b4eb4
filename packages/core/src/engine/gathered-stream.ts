/** Pieces of any size on their way to a worker: gathered, and sent while the next ones come. */

/** Large enough that a message costs nothing beside its bytes, small enough to stand in the cache of a processor. */
export const gatherBytes = 256 * 1024;

export interface GatheredStreamParts<Reply> {
  /** Copies the bytes before it returns. One call at a time. */
  readonly send: (bytes: Uint8Array, last: boolean) => Promise<Reply>;
  /** Of `gatherBytes`; the stream's own until it ends. */
  readonly buffer: Uint8Array;
}

export class GatheredStream<Reply> {
  readonly #send: GatheredStreamParts<Reply>['send'];
  readonly #buffer: Uint8Array;
  #filled = 0;
  #underway: Promise<unknown> = Promise.resolve();

  constructor({ send, buffer }: GatheredStreamParts<Reply>) {
    this.#send = send;
    this.#buffer = buffer;
  }

  /** Resolves when there is room for more; rejects when what was sent before was refused. */
  async push(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.byteLength;) {
      const part = bytes.subarray(from, from + this.#buffer.byteLength - this.#filled);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.byteLength;
      from += part.byteLength;
      if (this.#filled === this.#buffer.byteLength) await this.#sendOn();
    }
  }

  /** Sends the rest, and gives what the worker answers to it. */
  async finish(): Promise<Reply> {
    await this.#underway;
    // A message takes a view with the whole buffer that it looks at.
    return this.#send(this.#buffer.slice(0, this.#filled), true);
  }

  async #sendOn(): Promise<void> {
    await this.#underway;
    this.#underway = this.#send(this.#buffer, false);
    // Told by the next call.
    this.#underway.catch(() => undefined);
    this.#filled = 0;
  }
}
