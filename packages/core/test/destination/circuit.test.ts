import { BackupError, defaultRetryPolicy, RetryingDestination } from '@triplicate/core';
import { FakeClock, type Fault, FaultyDestination, MemoryDestination, seededRandom } from '@triplicate/core/testing';
import { describe, expect, it } from 'vitest';
import { put, signal } from './kit.ts';

const down: Fault = { failOn: ['put', 'stat'], times: Infinity };

const setUp = (fault: Fault = down) => {
  const clock = new FakeClock();
  const faulty = new FaultyDestination(new MemoryDestination(), fault, { clock });
  const destination = new RetryingDestination(faulty, { policy: defaultRetryPolicy, clock, random: seededRandom(7) });
  return { clock, destination, faulty };
};

describe('a destination that does not answer for minutes', () => {
  it('is given up by the call that notices, long before its patience ends', async () => {
    const { clock, destination } = setUp();
    const start = clock.now().getTime();
    await expect(clock.run(put(destination, 'a', 'x'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const minutes = (clock.now().getTime() - start) / 60_000;
    expect(minutes).toBeGreaterThanOrEqual(5);
    expect(minutes).toBeLessThan(6);
  });

  it('fails every further call at once, so that a run goes on', async () => {
    const { clock, destination, faulty } = setUp();
    await clock.run(put(destination, 'a', 'x')).catch(() => {});
    const calls = faulty.calls.length;
    await expect(destination.stat('a', { signal })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('has not answered for 5 min') as string,
    });
    expect(faulty.calls).toHaveLength(calls);
  });

  it('fails the other calls that wait as well', async () => {
    const { clock, destination } = setUp();
    const start = clock.now().getTime();
    const calls = ['a', 'b', 'c'].map((key) => put(destination, key, 'x'));
    const results = await clock.run(Promise.allSettled(calls));
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(clock.now().getTime() - start).toBeLessThan(6 * 60_000);
  });

  it('is tried by one call now and then, and is up again when that one is answered', async () => {
    const { clock, destination, faulty } = setUp();
    await clock.run(put(destination, 'a', 'x')).catch(() => {});
    await clock.advance(30_000);
    const calls = faulty.calls.length;
    await expect(destination.stat('a', { signal })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(destination.stat('a', { signal })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(faulty.calls).toHaveLength(calls + 1);
    faulty.mend();
    await expect(destination.stat('a', { signal })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await clock.advance(30_000);
    expect(await destination.stat('a', { signal })).toBeUndefined();
    await put(destination, 'a', 'x');
  });

  it('is not down while it answers at all, be it with a refusal', async () => {
    const error = new BackupError('RATE_LIMITED', 'slow down');
    const { clock, destination } = setUp({ ...down, error });
    const start = clock.now().getTime();
    await expect(clock.run(put(destination, 'a', 'x'))).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(clock.now().getTime() - start).toBeGreaterThan(14 * 60_000);
  });

  it('is not down after a few failures, however far apart', async () => {
    const { clock, faulty } = setUp();
    const policy = { ...defaultRetryPolicy, patienceMs: 0 };
    const destination = new RetryingDestination(faulty, { policy, clock, random: () => 0 });
    const failure = (message: string): Promise<void> =>
      expect(destination.stat('a', { signal })).rejects.toMatchObject({
        message: expect.stringContaining(message) as string,
      });
    await failure('the test let this call fail');
    await clock.advance(6 * 60_000);
    for (let call = 2; call <= 5; call += 1) await failure('the test let this call fail');
    await failure('has not answered for 6 min');
  });

  it('is not down after a short silence, however many calls meet it', async () => {
    const { clock, destination, faulty } = setUp();
    const calls = Array.from({ length: 50 }, (_, i) => put(destination, `k${i}`, 'x'));
    await clock.advance(4 * 60_000);
    faulty.mend();
    await expect(clock.run(Promise.all(calls))).resolves.toHaveLength(50);
  });
});
