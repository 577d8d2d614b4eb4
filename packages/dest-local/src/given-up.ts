import { abortable, abortableItems } from '@triplicate/core';

/**
 * Calls that nobody waits for any more and that have not come back: each keeps one of the few file threads of the process. A disk or a
 * server that hangs would take one after the other, and with the last one all other destinations would stand still as well.
 */
export class GivenUp {
  readonly #hanging = new Set<Promise<unknown>>();

  /** Begins `work` when all that were given up have come back. Rejects as soon as the signal fires; `work` then counts as given up. */
  async call<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    while (this.#hanging.size > 0) await abortable(Promise.race(this.#hanging), signal);
    return await this.#watched(work(), signal);
  }

  items<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
    return abortableItems(items, signal, (work, its) => this.#watched(work, its));
  }

  /** Nobody waits for this work. */
  leave(work: Promise<unknown>): void {
    const back = work
      .catch(() => undefined)
      .finally(() => {
        this.#hanging.delete(back);
      });
    this.#hanging.add(back);
  }

  async #watched<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await abortable(work, signal);
    } catch (error) {
      if (signal.aborted) this.leave(work);
      throw error;
    }
  }
}
