import { describe, expect, it } from 'vitest';
import { systemClock, type Clock } from '../../src/clock.ts';
import { BackupError, type ErrorCode, type ErrorDetails } from '../../src/errors.ts';
import { openDestination } from '../../src/run/open-destination.ts';
import type { PipelineDestination } from '../../src/run/pipeline.ts';
import { MemoryDestination } from '../../src/testing/index.ts';

/** Fails so many times, and tells how often it was asked. */
const failing = (
  times: number,
  code: ErrorCode,
  over: Partial<PipelineDestination> = {},
  details: ErrorDetails = { retryAfterMs: 7000 },
) => {
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
      if (asked <= times) throw new BackupError(code, 'not now', details);
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
const alone = { enough: new AbortController().signal };
const opening = { clock, patienceMs: 60_000, signal: new AbortController().signal };

describe('opening a destination', () => {
  it('is tried again when what went wrong may pass, as late as the place says', async () => {
    waits.length = 0;
    const { asked, configured } = failing(2, 'UNAVAILABLE');
    await using destination = await openDestination(opening, configured, alone);
    expect(destination).toBeInstanceOf(MemoryDestination);
    expect(asked()).toBe(3);
    expect(waits).toEqual([7000, 7000]);
  });

  it.each([
    ['three times at most', failing(9, 'RATE_LIMITED'), 3],
    ['not when it would fail again', failing(9, 'AUTH'), 1],
    ['not for a disk that may be away', failing(9, 'UNAVAILABLE', { removable: true }), 1],
  ])('is tried %s', async (_, { asked, configured }, times) => {
    await expect(openDestination(opening, configured, alone)).rejects.toThrow('not now');
    expect(asked()).toBe(times);
  });

  describe('while the others are waiting', () => {
    /** Nobody is woken by it. */
    const asleep: Clock = {
      now: () => new Date(0),
      sleep: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          const wake = (): void => reject(signal.reason as Error);
          if (signal.aborted) wake();
          signal.addEventListener('abort', wake);
        }),
    };
    const soon = { ...opening, clock: asleep };
    const there = AbortSignal.abort();

    it('is tried once when they are ready', async () => {
      const { asked, configured } = failing(9, 'UNAVAILABLE');
      await expect(openDestination(soon, configured, { enough: there })).rejects.toThrow('not now');
      expect(asked()).toBe(1);
    });

    it('is tried at once when they become ready, and no more after that', async () => {
      const enough = new AbortController();
      const { asked, configured } = failing(9, 'UNAVAILABLE', {}, {});
      const opened = openDestination(soon, configured, { enough: enough.signal });
      setTimeout(() => enough.abort(), 20);
      await expect(opened).rejects.toThrow('not now');
      expect(asked()).toBe(2);
    });

    it('is not tried before the time that the place named', async () => {
      const enough = new AbortController();
      const { asked, configured } = failing(9, 'RATE_LIMITED');
      const opened = openDestination(soon, configured, { enough: enough.signal });
      setTimeout(() => enough.abort(), 20);
      await expect(opened).rejects.toThrow('not now');
      expect(asked()).toBe(1);
    });

    it('is not kept from opening by them', async () => {
      const { configured } = failing(0, 'UNAVAILABLE');
      await using destination = await openDestination(soon, configured, { enough: there });
      expect(destination).toBeInstanceOf(MemoryDestination);
    });
  });

  it('ends when its time is over, also between two attempts', async () => {
    const { configured } = failing(9, 'UNAVAILABLE');
    const hasty = { ...opening, clock: systemClock, patienceMs: 50 };
    await expect(openDestination(hasty, configured, alone)).rejects.toThrow('did not open within');
  });
});
