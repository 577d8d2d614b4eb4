import {
  bodyOf,
  collect,
  LimitedDestination,
  RetryingDestination,
  defaultRetryPolicy,
  systemClock,
  wrapDestination,
} from '@triplicate/core';
import { FakeClock, FaultyDestination, MemoryDestination } from '@triplicate/core/testing';
import { describe, expect, it } from 'vitest';
import { get, keys, put, signal, silent } from './kit.ts';

const limited = (concurrency: number) => {
  let inside = 0;
  let most = 0;
  const hook = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setTimeout(resolve, 2));
    inside -= 1;
  };
  const memory = new MemoryDestination();
  const destination = new LimitedDestination(new FaultyDestination(memory, [], { hook }), concurrency);
  return { destination, memory, most: () => most };
};

describe('a limited destination', () => {
  it('never makes more calls at a time than it may, and makes them all', async () => {
    const { destination, memory, most } = limited(3);
    await Promise.all(Array.from({ length: 30 }, (_, i) => put(destination, `k${i}`, 'x')));
    await Promise.all(Array.from({ length: 30 }, (_, i) => get(destination, `k${i}`)));
    await Promise.all(Array.from({ length: 30 }, (_, i) => destination.delete(`k${i}`, { signal })));
    expect(most()).toBe(3);
    expect(memory.store.size).toBe(0);
  });

  it('claims what it keeps', () => {
    expect(limited(3).destination.capabilities.maxConcurrency).toBe(3);
    expect(limited(1000).destination.capabilities.maxConcurrency).toBe(1000);
  });

  it('counts a stream until it ends, and one that is left no longer', async () => {
    const { destination } = limited(1);
    await put(destination, 'a', Buffer.alloc(600_000));
    const reading = destination.get('a', { signal })[Symbol.asyncIterator]();
    await reading.next();
    const stat = destination.stat('a', { signal });
    const first = await Promise.race([stat, new Promise((resolve) => setTimeout(resolve, 30, 'waits'))]);
    expect(first).toBe('waits');
    await reading.return?.();
    expect(await stat).toMatchObject({ size: 600_000 });
  });

  it('lets a reader of a listing call for each entry, even with a single place', async () => {
    const { destination } = limited(1);
    for (const key of ['a', 'b', 'c']) await put(destination, key, key);
    const found: string[] = [];
    for await (const { key } of destination.list('', { signal })) found.push(await get(destination, key));
    expect(found).toEqual(['a', 'b', 'c']);
  });

  it('gives its place to the next one when the signal fires while it waits', async () => {
    const { destination } = limited(1);
    await put(destination, 'a', Buffer.alloc(600_000));
    const reading = destination.get('a', { signal })[Symbol.asyncIterator]();
    await reading.next();
    const controller = new AbortController();
    const given = destination.stat('a', { signal: controller.signal });
    const next = destination.stat('a', { signal });
    controller.abort();
    await expect(given).rejects.toMatchObject({ code: 'ABORTED' });
    await reading.return?.();
    expect(await next).toMatchObject({ key: 'a' });
  });

  it('gives its place back when a call fails', async () => {
    const faulty = new FaultyDestination(new MemoryDestination(), { failOn: ['put', 'get', 'list'], times: 3 });
    const destination = new LimitedDestination(faulty, 1);
    await expect(put(destination, 'a', 'x')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(get(destination, 'a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(keys(destination)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await put(destination, 'a', 'x');
  });
});

describe('the order of the wrappers', () => {
  it('frees the place of a call that waits for its next attempt', async () => {
    const clock = new FakeClock();
    const faulty = new FaultyDestination(new MemoryDestination({ clock }), { failOn: 'put', at: 1 }, { clock });
    const limitedInside = new LimitedDestination(faulty, 1);
    const destination = new RetryingDestination(limitedInside, {
      policy: defaultRetryPolicy,
      clock,
      random: () => 0.5,
    });
    const waiting = put(destination, 'first', 'x');
    await clock.advance(0);
    await put(destination, 'second', 'x');
    expect(clock.sleeping).toBe(1);
    await clock.run(waiting);
    expect(faulty.calls.map(({ key }) => key)).toEqual(['first', 'second', 'first']);
  });

  it('logs every attempt with the name that the adapter sees, and refuses writes before all of them', async () => {
    const clock = new FakeClock();
    const lines: string[] = [];
    const debug = (message: string, context: object = {}): void => {
      lines.push(`${message} ${JSON.stringify(context)}`);
    };
    const memory = new MemoryDestination({ clock });
    const faulty = new FaultyDestination(memory, { failOn: 'stat', at: 1 }, { clock });
    const wrap = { prefix: 'laptop', log: { ...silent, debug }, clock, random: () => 0.5, readOnly: true };
    await using destination = wrapDestination(faulty, wrap);
    await clock.run(destination.stat('config', { signal }));
    await expect(put(destination, 'config', 'x')).rejects.toMatchObject({ code: 'READ_ONLY' });
    await expect(destination.delete('config', { signal })).rejects.toMatchObject({ code: 'READ_ONLY' });
    expect(faulty.calls.map(({ key, verb }) => `${verb} ${key}`)).toEqual(['stat laptop/config', 'stat laptop/config']);
    expect(lines).toEqual([
      'stat failed {"destination":"memory:/laptop","key":"config","ms":0,"code":"UNAVAILABLE","message":"the test let this call fail"}',
      'stat {"destination":"memory:/laptop","key":"config","ms":0}',
    ]);
    expect(destination.capabilities.canDelete).toBe(false);
  });

  it('makes an attempt that hangs again, and is patient with what only waits for bandwidth or its turn', async () => {
    const hanging = new FaultyDestination(new MemoryDestination(), { failOn: 'put', at: 2, hang: true });
    const bandwidth = { up: 400_000 };
    const retry = { firstDelayMs: 1 };
    const wrap = {
      bandwidth,
      concurrency: 1,
      patienceMs: 400,
      retry,
      log: silent,
      clock: systemClock,
      random: () => 0,
    };
    await using destination = wrapDestination(hanging, wrap);
    await Promise.all(['a', 'b', 'c'].map((key) => put(destination, key, Buffer.alloc(200_000))));
    expect(hanging.calls).toHaveLength(4);
    expect((await keys(destination)).toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('makes as many calls at a time as the adapter serves well, unless it is told otherwise', async () => {
    for (const [concurrency, expected] of [
      [undefined, 5],
      [2, 2],
      [9, 9],
    ] as const) {
      const memory = new MemoryDestination({ capabilities: { maxConcurrency: 5 } });
      let inside = 0;
      let most = 0;
      const hook = async (): Promise<void> => {
        most = Math.max(most, (inside += 1));
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside -= 1;
      };
      const wrap = { concurrency, log: silent, clock: systemClock, random: () => 0 };
      const destination = wrapDestination(new FaultyDestination(memory, [], { hook }), wrap);
      await Promise.all(Array.from({ length: 20 }, (_, i) => destination.stat(`k${i}`, { signal })));
      expect(most).toBe(expected);
    }
  });

  it('forwards the room left, where it is known', async () => {
    const clock = new FakeClock();
    const wrap = { log: silent, clock, random: () => 0 };
    const plain = wrapDestination(new MemoryDestination(), wrap);
    expect(await plain.space?.({ signal })).toBeUndefined();
    const roomy = Object.assign(new MemoryDestination(), { space: async () => ({ freeBytes: 5 }) });
    expect(await wrapDestination(roomy, wrap).space?.({ signal })).toEqual({ freeBytes: 5 });
    expect((await collect(bodyOf().open())).byteLength).toBe(0);
  });
});
