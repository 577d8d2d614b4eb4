import { afterEach, expect, it, vi } from 'vitest';
import { sleepFor, systemClock } from '../src/clock.ts';

afterEach(() => vi.restoreAllMocks());

it('a sleep lasts no longer because the clock was set back meanwhile', async () => {
  const { signal } = new AbortController();
  const now = Date.now.bind(Date);
  const sleep = sleepFor(systemClock, 50, signal).then(() => 'over');
  vi.spyOn(Date, 'now').mockImplementation(() => now() - 24 * 60 * 60_000);
  const tooLong = new Promise((resolve) => setTimeout(resolve, 2000, 'still asleep'));
  expect(await Promise.race([sleep, tooLong])).toBe('over');
});

it('a sleep lasts as long as was asked, and ends with the signal', async () => {
  const began = performance.now();
  await sleepFor(systemClock, 30, new AbortController().signal);
  expect(performance.now() - began).toBeGreaterThanOrEqual(30);
  const stop = new AbortController();
  const sleep = systemClock.sleep(new Date(Date.now() + 60_000), { signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(sleep).rejects.toThrow('enough');
});
