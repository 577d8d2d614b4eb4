import type { Clock } from '../clock.ts';
import type { BackupError } from '../errors.ts';
import type { Log } from '../plugin/plugin.ts';
import { defaultRetryPolicy, type RetryPolicy } from './backoff.ts';
import type { Bandwidth } from './common-options.ts';
import type { Destination } from './destination.ts';
import { LimitedDestination } from './limited.ts';
import { LoggedDestination } from './logged.ts';
import { PatientDestination } from './patient.ts';
import { PrefixedDestination } from './prefixed.ts';
import { ReadOnlyDestination } from './read-only.ts';
import { RetryingDestination } from './retrying.ts';
import { ThrottledDestination } from './throttled.ts';

export interface WrapOptions {
  readonly prefix?: string | undefined;
  /** The adapter's own `maxConcurrency` when left out. */
  readonly concurrency?: number | undefined;
  readonly bandwidth?: Bandwidth | undefined;
  readonly log: Log;
  /** What differs from the default policy; `false` for no retries at all. */
  readonly retry?: Partial<RetryPolicy> | false | undefined;
  readonly readOnly?: boolean | undefined;
  /** A single attempt that gives no sign of life for so long ends with UNAVAILABLE, and may be made again. */
  readonly patienceMs?: number | undefined;
  readonly clock: Clock;
  /** For the jitter of retries, as `Math.random` gives it. */
  readonly random: () => number;
  /** As of `RetryingOptions`. */
  readonly onRetry?: ((error: BackupError) => void) | undefined;
}

/**
 * What the engine works with: an adapter in its wrappers. The order is fixed, inside out, here and nowhere else. Retry is outside of the
 * limiter, so that a call that waits for its next attempt holds no place; the log sees every attempt. What only waits its turn, in the
 * limiter or for bandwidth, does not hang: so patience is inside of both.
 */
export const wrapDestination = (adapter: Destination, options: WrapOptions): Destination => {
  const { bandwidth, clock, concurrency, log, onRetry, patienceMs, prefix, random, readOnly, retry } = options;
  let wrapped = adapter;
  if (prefix !== undefined) wrapped = new PrefixedDestination(wrapped, prefix);
  if (patienceMs !== undefined) wrapped = new PatientDestination(wrapped, patienceMs);
  wrapped = new LimitedDestination(wrapped, concurrency ?? adapter.capabilities.maxConcurrency);
  if (bandwidth !== undefined) wrapped = new ThrottledDestination(wrapped, { bandwidth, clock });
  wrapped = new LoggedDestination(wrapped, { log, clock });
  if (retry !== false) {
    const policy = { ...defaultRetryPolicy, ...retry };
    wrapped = new RetryingDestination(wrapped, { policy, clock, random, onRetry });
  }
  return readOnly === true ? new ReadOnlyDestination(wrapped) : wrapped;
};
