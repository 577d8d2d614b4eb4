import { expect, it } from 'vitest';
import type { Replica } from '../../src/repository/replica.ts';
import { ReadAhead } from '../../src/run/read-ahead.ts';
import { Session } from '../../src/run/session.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { FaultyDestination } from '../../src/testing/index.ts';
import { freezeTime } from '../kit/frozen-time.ts';
import { init, mapSource, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

const [a, b] = [
  { name: 'a', mask: 1 },
  { name: 'b', mask: 2 },
] as [Replica, Replica];

const clock = freezeTime();

const counted = (replicas: readonly Replica[]) => {
  const reads: string[][] = [];
  const ahead = new ReadAhead(replicas, async (from) => {
    reads.push(from.map(({ name }) => name));
    return reads.length;
  });
  return { ahead, reads };
};

it('begins with the last that is ready, and reads once', async () => {
  const { ahead, reads } = counted([b, a]);
  ahead.ready(b);
  expect(reads).toEqual([]);
  ahead.ready(a);
  expect(await ahead.of([a, b])).toBe(1);
  expect(reads).toEqual([['a', 'b']]);
});

it('reads again without one that takes no part in the end', async () => {
  const { ahead, reads } = counted([a, b]);
  ahead.ready(a);
  ahead.ready(b);
  expect(await ahead.of([b])).toBe(2);
  expect(reads).toEqual([['a', 'b'], ['b']]);
});

it('reads again when what was ready is taken back, also by one that had its turn before', async () => {
  const { ahead, reads } = counted([a, b]);
  ahead.ready(a);
  ahead.takeBack();
  ahead.ready(b);
  ahead.ready(a);
  expect(reads).toEqual([]);
  expect(await ahead.of([a, b])).toBe(1);
});

it('a session reads the index before it looks for other locks a second time, and no second time', async () => {
  const store: MemoryStore = new Map();
  let calls: string[] = [];
  const open = (): FaultyDestination =>
    new FaultyDestination(new MemoryDestination({ store }), [], {
      hook: ({ verb, key }) => void calls.push(`${verb} ${key.split('/')[0]}`),
    });
  const { pipeline } = testPipeline({
    sources: { files: () => mapSource(() => new Map([['x', seededBytes(1, 1000)]])) },
    destinations: { d: open },
    clock,
  });
  await init(pipeline);
  await run(pipeline);
  calls = [];
  await (await Session.open(pipeline, { lock: 'shared' }))[Symbol.asyncDispose]();
  expect(calls.filter((call) => /^list (locks|index)/.test(call))).toEqual(['list locks', 'list index', 'list locks']);
});
