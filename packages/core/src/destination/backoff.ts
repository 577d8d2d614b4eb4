/** How long and how often a call is tried again; all times in milliseconds. */
export interface RetryPolicy {
  /** The wait after the first failure; it doubles with each further one. Four times as long where there were too many calls. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  /** From the first failure without any progress in between: after that long the call fails for good. */
  readonly patienceMs: number;
  /** The destination counts as down after so many failures in a row, all calls together, … */
  readonly downAfterFailures: number;
  /** … that go back at least this long. */
  readonly downAfterMs: number;
  /** While it is down, one call in this time is let through to see whether it is back. */
  readonly probeEveryMs: number;
}

/**
 * Most failures are over at once, as the SDKs of AWS and Azure take them. Who is told to call less often waits for longer: Google asks for
 * about a second at first. restic waits 15 minutes in all; a router restarts in about three, so a destination is given up for five minutes
 * of silence.
 */
export const defaultRetryPolicy: RetryPolicy = {
  firstDelayMs: 125,
  longestDelayMs: 30_000,
  patienceMs: 15 * 60_000,
  downAfterFailures: 5,
  downAfterMs: 5 * 60_000,
  probeEveryMs: 30_000,
};

/** So often an object is sent in one call that the place says it took and does not have. */
export const mostUnkept = 6;

/** So many doublings later begins who was refused for the number of calls, or whose object was not kept. */
export const busyDoublings = 2;

/** The wait before attempt number `failures` + 1: exponential, half of it by chance so that many clients do not come back at once. */
export const backoffMs = (
  failures: number,
  policy: Pick<RetryPolicy, 'firstDelayMs' | 'longestDelayMs'>,
  random: () => number,
): number => {
  const full = Math.min(policy.longestDelayMs, policy.firstDelayMs * 2 ** Math.min(failures - 1, 30));
  return full / 2 + (full / 2) * random();
};
