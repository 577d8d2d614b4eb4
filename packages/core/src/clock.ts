/** The one door through which time enters; tests bring a clock of their own. */
export interface Clock {
  now(): Date;
  /**
   * Resolves when as much time has passed as there is until `until` now, also where the clock is set meanwhile; rejects with the signal's
   * reason when it fires first.
   */
  sleep(until: Date, options: { readonly signal: AbortSignal }): Promise<void>;
}

/** The longest delay of `setTimeout`: beyond it Node fires at once. */
const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => new Date(),
  async sleep(until, { signal }) {
    // By the clock on the wall a sleep would last as much longer as that one is set back.
    const end = performance.now() + (until.getTime() - Date.now());
    for (let left = end - performance.now(); left > 0; left = end - performance.now())
      await pause(Math.min(left, longestTimer), signal);
  },
};

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });

/** `ms` from now on this clock. */
export const sleepFor = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  clock.sleep(new Date(clock.now().getTime() + ms), { signal });
