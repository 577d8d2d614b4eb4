import { type Clock, sleepFor } from '../clock.ts';

/** Lets `rate` units a second pass, after a burst of at most one eighth of a second; those who wait are served in the order they came. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #rate: number;
  /** When everything that was granted so far will have been earned, in ms of the clock. */
  #paidUntil = -Infinity;

  constructor(rate: number, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** The most that should be taken at once, so that the flow is even. */
  get portion(): number {
    return Math.max(1, Math.floor(this.#rate / 8));
  }

  async take(units: number, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now().getTime();
    const begin = Math.max(this.#paidUntil, now - 125);
    this.#paidUntil = begin + (units * 1000) / this.#rate;
    const wait = this.#paidUntil - now;
    if (wait > 0) await sleepFor(this.#clock, wait, signal);
  }
}
