import { describe, expect, it } from 'vitest';
import { systemClock, type Clock } from '../../src/clock.ts';
import { BackupError, type ErrorCode } from '../../src/errors.ts';
import { openDestination } from '../../src/run/open-destination.ts';
import type { PipelineDestination } from '../../src/run/pipeline.ts';
import { MemoryDestination } from '../../src/testing/index.ts';

/** Fails so many times, and tells how often it was asked. */
const failing = (times: number, code: ErrorCode, over: Partial<PipelineDestination> = {}) => {
  let asked = 0;
  const configured: PipelineDestination = {
    name: 'cloud',
    removable: false,
    offsite: true,
    media: 'cloud',
    readOnly: false,
    ...over,
    open: async () => {
      asked += 1;
      if (asked <= times) throw new BackupError(code, 'not now', { retryAfterMs: 7000 });
      return new MemoryDestination();
    },
  };
  return { configured, asked: () => asked };
};

const waits: number[] = [];
const clock: Clock = {
  now: () => new Date(0),
  sleep: async (until) => void waits.push(until.getTime()),
};
const opening = { clock, patienceMs: 60_000, signal: new AbortController().signal };

describe('opening a destination', () => {
  it('is tried again when what went wrong may pass, as late as the place says', async () => {
    waits.length = 0;
    const { asked, configured } = failing(2, 'UNAVAILABLE');
    await using destination = await openDestination(opening, configured);
    expect(destination).toBeInstanceOf(MemoryDestination);
    expect(asked()).toBe(3);
    expect(waits).toEqual([7000, 7000]);
  });

  it.each([
    ['three times at most', failing(9, 'RATE_LIMITED'), 3],
    ['not when it would fail again', failing(9, 'AUTH'), 1],
    ['not for a disk that may be away', failing(9, 'UNAVAILABLE', { removable: true }), 1],
  ])('is tried %s', async (_, { asked, configured }, times) => {
    await expect(openDestination(opening, configured)).rejects.toThrow('not now');
    expect(asked()).toBe(times);
  });

  it('ends when its time is over, also between two attempts', async () => {
    const { configured } = failing(9, 'UNAVAILABLE');
    const hasty = { ...opening, clock: systemClock, patienceMs: 50 };
    await expect(openDestination(hasty, configured)).rejects.toThrow('did not open within');
  });
});
