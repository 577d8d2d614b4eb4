import { randomInt } from 'node:crypto';
import { type Clock, sleepFor } from '../clock.ts';
import { isBackupError, throwIfAborted } from '../errors.ts';
import { backoffMs } from './backoff.ts';

const mostAttempts = 6;
const delays = { firstDelayMs: 200, longestDelayMs: 10_000 };
/** Longer than this is for the wrapper to wait, and for the caller to hear of. */
const longestPauseMs = 60_000;

export interface OnePageOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Into an error that says whether it may pass, where what `work` throws does not. */
  readonly translate?: (error: unknown) => unknown;
}

/**
 * One of many requests that make a listing, asked again when it failed in a manner that may pass. The wrapper can only begin the whole listing
 * again: where one request in five fails, a listing of twenty pages would never come to its end.
 */
export const onePage = async <T>(work: () => Promise<T>, options: OnePageOptions): Promise<T> => {
  const { clock, signal, translate = (error: unknown): unknown => error } = options;
  for (let failures = 1; ; failures += 1) {
    try {
      return await work();
    } catch (cause) {
      throwIfAborted(signal);
      const error = translate(cause);
      if (failures === mostAttempts || !isBackupError(error) || !error.retryable) throw error;
      const wait = Math.max(
        backoffMs(failures, delays, () => randomInt(1000) / 1000),
        error.retryAfterMs ?? 0,
      );
      if (wait > longestPauseMs) throw error;
      await sleepFor(clock, wait, signal);
    }
  }
};
