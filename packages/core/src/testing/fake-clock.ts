import type { Clock } from '../clock.ts';

interface Sleeper {
  until: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is moved. Whoever sleeps wakes when it comes to their time, one after the other in that order. */
export class FakeClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(now: Date | string = '2026-01-01T12:00:00Z') {
    this.#now = new Date(now).getTime();
  }

  now(): Date {
    return new Date(this.#now);
  }

  async sleep(until: Date, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted();
    if (until.getTime() <= this.#now) return;
    const { promise, reject, resolve } = Promise.withResolvers<void>();
    const sleeper = { until: until.getTime(), wake: resolve };
    const stop = (): void => reject(signal.reason as Error);
    this.#sleepers.add(sleeper);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', stop);
      this.#sleepers.delete(sleeper);
    }
  }

  /** How many sleep now. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Moves on by so many milliseconds; those who wake meanwhile get to do what they do then before the clock moves on. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await settle();
    for (let next = this.#next(target); next !== undefined; next = this.#next(target)) {
      this.#wake(next);
      await settle();
    }
    this.#now = target;
  }

  /** Sets the time without waking anyone before the next move: a clock that was put right. Whoever sleeps does so no longer because of it. */
  set(now: Date | string): void {
    const before = this.#now;
    this.#now = new Date(now).getTime();
    for (const sleeper of this.#sleepers) sleeper.until += this.#now - before;
  }

  /** Moves on from sleeper to sleeper until `work` has settled; gives back what it settled with. For work that waits for this clock alone. */
  async run<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const done = work.finally(() => (settled = true));
    done.catch(() => {});
    while (!settled) {
      await settle();
      const next = this.#next(Infinity);
      if (next !== undefined && !settled) this.#wake(next);
    }
    return done;
  }

  #next(target: number): Sleeper | undefined {
    let earliest: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.until <= target && (earliest === undefined || sleeper.until < earliest.until)) earliest = sleeper;
    }
    return earliest;
  }

  #wake(sleeper: Sleeper): void {
    this.#now = Math.max(this.#now, sleeper.until);
    this.#sleepers.delete(sleeper);
    sleeper.wake();
  }
}

/** Lets everything that can go on without the clock go on. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 3; i += 1) await new Promise((resolve) => setImmediate(resolve));
};
