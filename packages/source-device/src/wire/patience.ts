import { BackupError, type Clock, sleepFor } from '@triplicate/core';

export interface PatienceOptions {
  readonly clock: Clock;
  readonly ms: number;
  /** What did not come, e.g. `an answer from the phone`. */
  readonly what: string;
  /** Ends what was waited for. */
  readonly giveUp?: () => void;
}

/** Settles as `promise` does, or rejects with UNAVAILABLE when it takes longer. */
export const withPatience = async <T>(
  promise: Promise<T>,
  { clock, ms, what, giveUp }: PatienceOptions,
): Promise<T> => {
  const timer = new AbortController();
  const late = sleepFor(clock, ms, timer.signal).then(
    () => {
      giveUp?.();
      throw new BackupError('UNAVAILABLE', `no ${what} within ${Math.round(ms / 1000)} s`);
    },
    () => promise,
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => {});
  }
};
