import {
  backoffMs,
  BackupError,
  bodyOf,
  collect,
  defaultRetryPolicy,
  type Destination,
  type GetOptions,
  notKept,
  RetryingDestination,
  type RetryPolicy,
} from '@triplicate/core';
import {
  FakeClock,
  type Fault,
  FaultyDestination,
  MemoryDestination,
  seededBytes,
  seededRandom,
} from '@triplicate/core/testing';
import { describe, expect, it } from 'vitest';
import { get, keys, put, signal, unavailable } from './kit.ts';

const seed = 20_260_101;

const retrying = (faults: Fault | Fault[], options: { inner?: Destination; policy?: Partial<RetryPolicy> } = {}) => {
  const clock = new FakeClock();
  const memory = new MemoryDestination({ clock });
  const faulty = new FaultyDestination(options.inner ?? memory, faults, { clock });
  const policy = { ...defaultRetryPolicy, ...options.policy };
  const destination = new RetryingDestination(faulty, { policy, clock, random: seededRandom(seed) });
  const start = clock.now().getTime();
  return { clock, destination, faulty, memory, elapsedMs: () => clock.now().getTime() - start };
};

describe('a retrying destination', () => {
  it('says what to do where a place goes on asking for fewer calls, unless the place said it itself', async () => {
    const hintOf = async (hint?: string): Promise<unknown> => {
      const error = new BackupError('RATE_LIMITED', 'too many requests', { hint, context: { status: 429 } });
      const { clock, destination } = retrying({ failOn: 'put', times: Infinity, error });
      const failed = await clock.run(put(destination, 'a', 'x').catch((thrown: unknown) => thrown));
      expect(failed).toMatchObject({ code: 'RATE_LIMITED', context: { status: 429 } });
      return (failed as BackupError).hint;
    };
    expect(await hintOf()).toMatch(/concurrency/);
    expect(await hintOf('Ask the provider.')).toBe('Ask the provider.');
  });

  it('makes a call again after growing waits, half of each by chance', async () => {
    const { clock, destination, faulty, elapsedMs } = retrying({ failOn: 'put', times: 4 });
    await clock.run(put(destination, 'a', 'content'));
    expect(faulty.calls).toHaveLength(5);
    expect(elapsedMs()).toBeGreaterThanOrEqual((125 + 250 + 500 + 1000) / 2);
    expect(elapsedMs()).toBeLessThanOrEqual(125 + 250 + 500 + 1000);
    expect(await get(destination, 'a')).toBe('content');
  });

  it('waits as long as the provider said', async () => {
    const error = new BackupError('RATE_LIMITED', 'slow down', { retryAfterMs: 90_000 });
    const { clock, destination, elapsedMs } = retrying({ failOn: 'stat', error });
    expect(await clock.run(destination.stat('a', { signal }))).toBeUndefined();
    expect(elapsedMs()).toBeGreaterThanOrEqual(90_000);
  });

  it('gives up at once when the provider wants a longer wait than its patience', async () => {
    const error = new BackupError('RATE_LIMITED', 'come back tomorrow', {
      hint: 'Ask for more.',
      retryAfterMs: 86_400_000,
    });
    const { clock, destination, elapsedMs } = retrying({ failOn: 'stat', error });
    await expect(clock.run(destination.stat('a', { signal }))).rejects.toBe(error);
    expect(elapsedMs()).toBe(0);
  });

  it('gives up when its patience is at its end and says how often it tried', async () => {
    const policy = { downAfterMs: Infinity };
    const { clock, destination, elapsedMs } = retrying({ failOn: 'put', times: Infinity }, { policy });
    await expect(clock.run(put(destination, 'a', 'x'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      context: { attempts: expect.any(Number) as number },
    });
    expect(elapsedMs()).toBeGreaterThan(14 * 60_000);
    expect(elapsedMs()).toBeLessThanOrEqual(15 * 60_000);
  });

  it.each(['AUTH', 'NOT_FOUND', 'QUOTA_EXCEEDED', 'CORRUPT', 'IO'] as const)(
    'does not repeat what failed with %s',
    async (code) => {
      const error = new BackupError(code, 'no');
      const { clock, destination, faulty } = retrying({ failOn: 'put', error });
      await expect(clock.run(put(destination, 'a', 'x'))).rejects.toBe(error);
      expect(faulty.calls).toHaveLength(1);
    },
  );

  it('sends an object that was taken and not kept a few times, and not for as long as a place that is silent', async () => {
    const error = notKept('the server took the object and does not have it');
    const { clock, destination, elapsedMs, faulty } = retrying({ failOn: 'put', times: Infinity, error });
    await expect(clock.run(put(destination, 'a', 'x'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      hint: expect.stringMatching(/proxy.*triplicate doctor/s) as string,
      context: { attempts: 6 },
    });
    expect(faulty.calls).toHaveLength(6);
    expect(elapsedMs()).toBeLessThan(30_000);
  });

  it('leaves a mistake of the caller alone', async () => {
    const { destination, faulty } = retrying([]);
    await expect(put(destination, '../a', 'x')).rejects.toBeInstanceOf(TypeError);
    expect(faulty.calls).toHaveLength(1);
  });

  it('opens the content again for each attempt', async () => {
    const { clock, destination } = retrying({ failOn: 'put', times: 2, cutAfter: 3 });
    let opened = 0;
    const open = (): AsyncIterable<Uint8Array> => {
      opened += 1;
      return bodyOf(Buffer.from('content')).open();
    };
    await clock.run(destination.put('a', { size: 7, open }, { signal }));
    expect(opened).toBe(3);
    expect(await get(destination, 'a')).toBe('content');
  });

  it('leaves a content that cannot be read to where it comes from', async () => {
    const { clock, destination, faulty, elapsedMs } = retrying([], {
      policy: { downAfterFailures: 1, downAfterMs: 0 },
    });
    async function* broken(): AsyncIterable<Uint8Array> {
      yield Buffer.from('x');
      throw unavailable;
    }
    await expect(clock.run(destination.put('a', { size: 9, open: broken }, { signal }))).rejects.toBe(unavailable);
    expect([faulty.calls.length, elapsedMs()]).toEqual([1, 0]);
    await put(destination, 'a', 'x');
  });

  it('stops waiting when the signal fires', async () => {
    const { clock, destination } = retrying({ failOn: 'put', times: Infinity });
    const controller = new AbortController();
    const work = destination.put('a', bodyOf(), { signal: controller.signal });
    work.catch(() => {});
    await clock.advance(50);
    expect(clock.sleeping).toBe(1);
    controller.abort(new Error('ctrl-c'));
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
    expect(clock.sleeping).toBe(0);
  });

  it('stops waiting when it is closed', async () => {
    const { clock, destination } = retrying({ failOn: 'put', times: Infinity, error: unavailable });
    const work = put(destination, 'a', 'x');
    work.catch(() => {});
    await clock.advance(50);
    await destination[Symbol.asyncDispose]();
    await expect(work).rejects.toBe(unavailable);
  });
});

it('draws half of each wait by chance and doubles it up to the longest', () => {
  const waits = (random: number): number[] =>
    [1, 2, 3, 7, 8, 1000].map((n) => backoffMs(n, defaultRetryPolicy, () => random));
  expect(waits(0)).toEqual([62.5, 125, 250, 4000, 8000, 15_000]);
  expect(waits(0.5)).toEqual([93.75, 187.5, 375, 6000, 12_000, 22_500]);
});

it.each([
  ['UNAVAILABLE', 125],
  ['RATE_LIMITED', 500],
] as const)('waits after a first %s for at most %i ms', async (code, longest) => {
  const { clock, destination, elapsedMs } = retrying({ failOn: 'put', error: new BackupError(code, 'no') });
  await clock.run(put(destination, 'a', 'x'));
  expect(elapsedMs()).toBeGreaterThanOrEqual(longest / 2);
  expect(elapsedMs()).toBeLessThanOrEqual(longest);
});

describe('a put whose answer got lost', () => {
  const ifAbsent = (destination: Destination, text: string): Promise<unknown> =>
    destination.put('config', bodyOf(Buffer.from(text)), { ifAbsent: true, signal });

  it('counts as done when the object that stands there is its own', async () => {
    const { clock, destination } = retrying({ failOn: 'put', afterEffect: true });
    await expect(clock.run(ifAbsent(destination, 'mine'))).resolves.toMatchObject({ key: 'config', size: 4 });
  });

  it('is not sent again while it is asked whose the object is that stands there', async () => {
    const faults: Fault[] = [
      { failOn: 'put', afterEffect: true },
      { failOn: 'stat', times: 3 },
      { failOn: 'get', times: 3 },
    ];
    const { clock, destination, faulty } = retrying(faults);
    await expect(clock.run(ifAbsent(destination, 'mine'))).resolves.toMatchObject({ key: 'config', size: 4 });
    expect(faulty.calls.filter(({ verb }) => verb === 'put')).toHaveLength(2);
  });

  it('fails when someone else was there first', async () => {
    const { clock, destination, memory } = retrying({ failOn: 'put' });
    await put(memory, 'config', 'them');
    await expect(clock.run(ifAbsent(destination, 'mine'))).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  it('fails at the first attempt even when the content is the same', async () => {
    const { clock, destination, memory } = retrying([]);
    await put(memory, 'config', 'same');
    await expect(clock.run(ifAbsent(destination, 'same'))).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  it('counts as done on a destination that writes once', async () => {
    const inner = new MemoryDestination({ capabilities: { writeOnce: 'refuses' } });
    const { clock, destination } = retrying({ failOn: 'put', afterEffect: true }, { inner });
    await expect(clock.run(put(destination, 'a', 'x'))).resolves.toMatchObject({ key: 'a' });
  });

  it('is settled even when reading it back fails for a while', async () => {
    const { clock, destination } = retrying([
      { failOn: 'put', afterEffect: true },
      { failOn: ['stat', 'get'], times: 2 },
    ]);
    await expect(clock.run(ifAbsent(destination, 'mine'))).resolves.toMatchObject({ key: 'config' });
  });
});

/** Reads into the memory that is given with a call, as a disk does. */
class RoomFilling extends MemoryDestination {
  override async *get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    let at = 0;
    for await (const part of super.get(key, options)) {
      options.room?.set(part, at);
      yield options.room?.subarray(at, at + part.byteLength) ?? part;
      at += part.byteLength;
    }
  }
}

describe('a get that breaks half-way', () => {
  const content = seededBytes(seededRandom(seed), 1_000_000);
  const cuts: Fault[] = [1, 2, 3].map((at) => ({ failOn: 'get', at, cutAfter: at * 100_000 }));

  it('goes on at the byte that it had reached', async () => {
    const { clock, destination, faulty, memory } = retrying(cuts);
    await put(memory, 'a', content);
    expect(content.equals(await clock.run(collect(destination.get('a', { signal }))))).toBe(true);
    expect(faulty.calls.filter(({ verb }) => verb === 'get')).toHaveLength(4);
  });

  it('goes on inside its range', async () => {
    const { clock, destination, memory } = retrying(cuts);
    await put(memory, 'a', content);
    const range = { offset: 12_345, length: 800_000 };
    const back = await clock.run(collect(destination.get('a', { range, signal })));
    expect(back.equals(content.subarray(12_345, 812_345))).toBe(true);
  });

  it('goes on in the memory that it was given, behind what is there', async () => {
    const inner = new RoomFilling();
    const { clock, destination } = retrying(cuts, { inner });
    await put(inner, 'a', content);
    const room = new Uint8Array(800_000);
    const range = { offset: 12_345, length: room.byteLength };
    await clock.run(collect(destination.get('a', { range, room, signal })));
    expect(content.subarray(12_345, 812_345).equals(room)).toBe(true);
  });

  it('reads from the start and skips where no ranges can be read', async () => {
    const inner = new MemoryDestination({ capabilities: { rangeReads: false } });
    const { clock, destination } = retrying(cuts, { inner });
    await put(inner, 'a', content);
    expect(content.equals(await clock.run(collect(destination.get('a', { signal }))))).toBe(true);
  });

  it('ends well when only the end was missing', async () => {
    const { clock, destination, memory } = retrying({ failOn: 'get', cutAfter: 1_000_000 });
    await put(memory, 'a', content);
    expect(content.equals(await clock.run(collect(destination.get('a', { signal }))))).toBe(true);
  });

  it('does not lose its patience while bytes arrive', async () => {
    const drops: Fault = { failOn: 'get', times: Infinity, cutAfter: 1000 };
    const { clock, destination, memory, elapsedMs } = retrying(drops, {
      policy: { patienceMs: 2000, firstDelayMs: 1000 },
    });
    await put(memory, 'a', content.subarray(0, 50_000));
    const back = await clock.run(collect(destination.get('a', { signal })));
    expect(back.equals(content.subarray(0, 50_000))).toBe(true);
    expect(elapsedMs()).toBeGreaterThan(20_000);
  });

  it('reports an object that became shorter meanwhile', async () => {
    const { clock, destination, faulty, memory } = retrying({ failOn: 'get', cutAfter: 300_000 });
    await put(memory, 'a', content);
    faulty.inject({ failOn: 'stat', error: unavailable });
    const reading = collect(destination.get('a', { signal }));
    reading.catch(() => {});
    await clock.advance(10);
    await put(memory, 'a', content.subarray(0, 10));
    await expect(clock.run(reading)).rejects.toMatchObject({ code: 'CORRUPT' });
  });

  it('gives up on an object that is not there', async () => {
    const { clock, destination } = retrying([]);
    await expect(clock.run(get(destination, 'a'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a list that breaks half-way', () => {
  it('begins again and yields each entry once, in whatever order they come', async () => {
    const { clock, destination, memory } = retrying(
      [5, 2, 9].map((cutAfter, i) => ({ failOn: 'list', at: i + 1, cutAfter })),
    );
    const names = Array.from({ length: 12 }, (_, i) => `k${(i * 7) % 12}`);
    for (const name of names) await put(memory, name, 'x');
    const found = await clock.run(keys(destination));
    expect(found).toHaveLength(12);
    expect(found.toSorted()).toEqual(names.toSorted());
  });

  it('throws in the end, and is never a shorter list', async () => {
    const { clock, destination, memory } = retrying({ failOn: 'list', times: Infinity, cutAfter: 1 });
    for (const name of ['a', 'b', 'c']) await put(memory, name, 'x');
    await expect(clock.run(keys(destination))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
