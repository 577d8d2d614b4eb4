import type { Body } from '../body.ts';

/** A body that remembers whether it was the content that failed, and not the place that it was sent to. */
export class WatchedBody implements Body {
  readonly size: number;
  readonly #body: Body;
  #broken = false;

  constructor(body: Body) {
    this.size = body.size;
    this.#body = body;
  }

  get isBroken(): boolean {
    return this.#broken;
  }

  async *open(): AsyncIterable<Uint8Array> {
    try {
      yield* this.#body.open();
    } catch (error) {
      this.#broken = true;
      throw error;
    }
  }
}
