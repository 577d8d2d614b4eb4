import { afterEach, beforeEach, vi } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { hastyClock } from '../../src/testing/index.ts';

/**
 * For tests of a whole file in which no time may pass: a run reads under its lock before that has settled only when it was written within a
 * tenth of a second, which a busy machine does not always manage.
 */
export const freezeTime = (): Clock => {
  const now = new Date();
  beforeEach(() => void vi.spyOn(performance, 'now').mockReturnValue(0));
  afterEach(() => vi.restoreAllMocks());
  return hastyClock({ ...systemClock, now: () => now }, 5000);
};
