import { sleepFor } from '../clock.ts';
import { backoffMs } from '../destination/backoff.ts';
import type { Destination } from '../destination/destination.ts';
import { BackupError, isBackupError } from '../errors.ts';
import type { Pipeline, PipelineDestination } from './pipeline.ts';

type Opening = Pick<Pipeline, 'clock' | 'patienceMs' | 'signal'>;

export interface OpeningWatch {
  readonly enough: AbortSignal;
  /** As of `RetryingOptions`. */
  readonly onRetry?: ((error: BackupError) => void) | undefined;
}

/** A few times only: a place that is not there at all should not keep the others waiting, and the next run asks again. */
const mostAttempts = 3;
const delays = { firstDelayMs: 500, longestDelayMs: 5000 };

/**
 * A destination in its wrappers. What may pass by itself, e.g. a connection that was cut, is tried again; no wrapper does that for an opening. A
 * removable one that is not there is not waited for, and none is waited for longer than for any other call.
 *
 * When `enough` fires, the others are ready: who waits for another attempt makes it now, unless the place named a time, and it is the last.
 */
export const openDestination = async (
  opening: Opening,
  configured: PipelineDestination,
  { enough, onRetry }: OpeningWatch,
): Promise<Destination> => {
  const { patienceMs, signal } = opening;
  const late = new AbortController();
  const error = new BackupError(
    'UNAVAILABLE',
    `"${configured.name}" did not open within ${Math.round(patienceMs / 1000)} s`,
  );
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.abort(error);
    reject(error);
  }, patienceMs);
  const opened = openAgain(opening, configured, { signal: AbortSignal.any([signal, late.signal]), enough, onRetry });
  // Who comes when nobody waits any more is sent away.
  late.signal.addEventListener('abort', () => void opened.then(dispose, () => undefined));
  try {
    return await Promise.race([opened, promise]);
  } finally {
    clearTimeout(timer);
  }
};

const dispose = async (destination: Destination): Promise<void> => {
  try {
    await destination[Symbol.asyncDispose]();
  } catch {
    // Nobody knows it, and nobody misses it.
  }
};

interface Signals extends OpeningWatch {
  readonly signal: AbortSignal;
}

const openAgain = async (
  { clock }: Pick<Opening, 'clock'>,
  configured: PipelineDestination,
  { signal, enough, onRetry }: Signals,
): Promise<Destination> => {
  for (let failures = 1; ; failures += 1) {
    try {
      return await configured.open(signal, onRetry);
    } catch (error) {
      const last = configured.removable || failures === mostAttempts || signal.aborted || enough.aborted;
      if (last || !isBackupError(error) || !error.retryable) throw error;
      // All destinations open at the same time, and each at its own provider: no chance is needed to part them.
      const backoff = backoffMs(failures, delays, () => 1);
      const waited = sleepFor(clock, Math.max(backoff, error.retryAfterMs ?? 0), AbortSignal.any([signal, enough]));
      await waited.catch((cause: unknown) => {
        if (signal.aborted) throw cause;
        if (error.retryAfterMs !== undefined) throw error;
      });
    }
  }
};
