/** The next file may come while the last bytes of these are being sealed; each holds a buffer meanwhile. */
const mostEnding = 8;

/** Streams whose bytes are all handed over and whose blobs are not all sealed yet. */
export class EndingStreams {
  readonly #ending = new Set<Promise<unknown>>();

  /** Resolves when there is room for another one. What goes wrong is told by `end` itself, to whoever waits for its content. */
  async add(end: Promise<unknown>): Promise<void> {
    const over = end.then(
      () => undefined,
      () => undefined,
    );
    this.#ending.add(over);
    void over.then(() => this.#ending.delete(over));
    while (this.#ending.size > mostEnding) await Promise.race(this.#ending);
  }
}
