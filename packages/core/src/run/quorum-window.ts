/** What a run that waits for the quorum alone still gives those that are about to finish as well. */

const windowMs = 1000;

/** Opens with the first that is waited for, and closes a second later for all sources together. */
export class QuorumWindow implements Disposable {
  #timer: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;

  /** Until `work` is done, or the window is closed. */
  async whileOpen(work: Promise<unknown>): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#timer = setTimeout(resolve, windowMs);
    });
    await Promise.race([work, this.#closed]);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
