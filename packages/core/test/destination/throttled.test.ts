import { bodyOf, collect, type Destination, ThrottledDestination, type Bandwidth } from '@triplicate/core';
import { FakeClock, MemoryDestination, seededBytes, seededRandom } from '@triplicate/core/testing';
import { describe, expect, it } from 'vitest';
import { signal } from './kit.ts';

const mebi = 2 ** 20;
const content = seededBytes(seededRandom(3), 10 * mebi);

/** Hours of a day are those of the wall clock here, wherever that is. */
const localTime = (hour: number, minute = 0): Date => new Date(2026, 5, 15, hour, minute);

const throttled = (bandwidth: Bandwidth, hour = 12, minute = 0) => {
  const clock = new FakeClock(localTime(hour, minute));
  const start = clock.now().getTime();
  const destination: Destination = new ThrottledDestination(new MemoryDestination({ clock }), { bandwidth, clock });
  return { clock, destination, seconds: () => (clock.now().getTime() - start) / 1000 };
};

describe('a throttled destination', () => {
  it('lets content up at its rate', async () => {
    const { clock, destination, seconds } = throttled({ up: 2 * mebi });
    await clock.run(destination.put('a', bodyOf(content), { signal }));
    expect(seconds()).toBeCloseTo(5, 0);
    expect((await collect(destination.get('a', { signal }))).equals(content)).toBe(true);
    expect(seconds()).toBeCloseTo(5, 0);
  });

  it('lets content down at its rate', async () => {
    const { clock, destination, seconds } = throttled({ down: mebi });
    await destination.put('a', bodyOf(content), { signal });
    expect(seconds()).toBe(0);
    const back = await clock.run(collect(destination.get('a', { signal })));
    expect(back.equals(content)).toBe(true);
    expect(seconds()).toBeCloseTo(10, 0);
  });

  it('shares its rate among all calls', async () => {
    const { clock, destination, seconds } = throttled({ up: 4 * mebi });
    const calls = ['a', 'b', 'c', 'd'].map((key) => destination.put(key, bodyOf(content), { signal }));
    await clock.run(Promise.all(calls));
    expect(seconds()).toBeCloseTo(10, 0);
  });

  it('does not save up rate while nothing moves', async () => {
    const { clock, destination, seconds } = throttled({ up: 2 * mebi });
    await clock.advance(3_600_000);
    await clock.run(destination.put('a', bodyOf(content), { signal }));
    expect(seconds() - 3600).toBeCloseTo(5, 0);
  });

  it('passes on even portions of what comes in one piece', async () => {
    const { clock, destination } = throttled({ down: 80_000 });
    await destination.put('a', bodyOf(content.subarray(0, 200_000)), { signal });
    const sizes: number[] = [];
    await clock.run(
      (async () => {
        for await (const part of destination.get('a', { signal })) sizes.push(part.byteLength);
      })(),
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(10_000);
  });

  it.each([
    { hours: { from: 8, to: 23 }, hour: 12, seconds: 10 },
    { hours: { from: 8, to: 23 }, hour: 8, seconds: 10 },
    { hours: { from: 8, to: 23 }, hour: 23, seconds: 0 },
    { hours: { from: 8, to: 23 }, hour: 3, seconds: 0 },
    { hours: { from: 22, to: 6 }, hour: 23, seconds: 10 },
    { hours: { from: 22, to: 6 }, hour: 5, seconds: 10 },
    { hours: { from: 22, to: 6 }, hour: 6, seconds: 0 },
    { hours: { from: 0, to: 24 }, hour: 0, seconds: 10 },
  ])('holds from $hours.from to $hours.to: at $hour o’clock it takes $seconds s', async ({ hour, hours, seconds }) => {
    const set = throttled({ up: mebi, hours }, hour);
    await set.clock.run(set.destination.put('a', bodyOf(content), { signal }));
    expect(set.seconds()).toBeCloseTo(seconds, 0);
  });

  it('lets go in the middle of a content when its hours end', async () => {
    const set = throttled({ up: mebi, hours: { from: 8, to: 23 } }, 22, 59);
    await set.clock.advance(56_000);
    await set.clock.run(set.destination.put('a', bodyOf(content), { signal }));
    expect(set.seconds() - 56).toBeCloseTo(4, 0);
  });

  it('stops waiting when the signal fires', async () => {
    const { clock, destination } = throttled({ up: 1000, down: 1000 });
    await clock.run(destination.put('a', bodyOf(content.subarray(0, 8000)), { signal }));
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const works = [destination.put('b', bodyOf(content), options), collect(destination.get('a', options))];
    for (const work of works) work.catch(() => {});
    await clock.advance(5000);
    controller.abort();
    for (const work of works) await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
    expect(clock.sleeping).toBe(0);
  });
});
