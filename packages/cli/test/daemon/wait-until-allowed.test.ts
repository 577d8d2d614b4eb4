import { FakeClock } from '@triplicate/core/testing';
import { expect, it } from 'vitest';
import { waitUntilAllowed } from '../../src/daemon/wait-until-allowed.ts';

const schedule = { cron: '0 2 * * *', when: { power: 'ac' } } as const;

it('a round waits while the machine is on battery, says so once, and begins when it is not', async () => {
  const clock = new FakeClock();
  const { signal } = new AbortController();
  const told: string[] = [];
  let isOver = false;
  let power: string | undefined = 'on battery';
  const waiting = waitUntilAllowed(schedule, {
    clock,
    signal,
    onWait: (why) => void told.push(why),
    hindrance: () => Promise.resolve(power),
  }).then(() => (isOver = true));
  for (let minutes = 0; minutes < 90; minutes += 1) await clock.advance(60_000);
  expect([isOver, told]).toEqual([false, ['on battery']]);
  power = undefined;
  await clock.advance(60_000);
  await waiting;
  expect(isOver).toBe(true);
});

it('a round that waits ends when it is interrupted', async () => {
  const stop = new AbortController();
  const waiting = waitUntilAllowed(schedule, {
    clock: new FakeClock(),
    signal: stop.signal,
    onWait: () => stop.abort(),
    hindrance: () => Promise.resolve('on battery'),
  });
  await expect(waiting).rejects.toThrow('aborted');
});
