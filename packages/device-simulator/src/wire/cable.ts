/** What a cable that was idle may send at once, as the buffers on both ends allow. */
const burstMs = 20;

/** A cable that carries so much and no more, all connections of the phone together. */
export class Cable {
  readonly #bytesPerMs: number;
  /** When what was taken so far has passed. */
  #free = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
  }

  /** Resolves when so many bytes have passed; `undefined` when they have at once. */
  pass(bytes: number): Promise<void> | undefined {
    const now = performance.now();
    this.#free = Math.max(this.#free, now - burstMs) + bytes / this.#bytesPerMs;
    const ms = this.#free - now;
    return ms < 1 ? undefined : new Promise((resolve) => setTimeout(resolve, ms));
  }
}
