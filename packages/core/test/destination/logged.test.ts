import { LoggedDestination } from '@triplicate/core';
import { FakeClock, FaultyDestination, MemoryDestination } from '@triplicate/core/testing';
import { expect, it } from 'vitest';
import { get, keys, put, signal, silent } from './kit.ts';

const logged = (error?: Error) => {
  const lines: [string, unknown][] = [];
  const clock = new FakeClock();
  const hook = (): Promise<void> => clock.advance(5);
  const faults = error === undefined ? [] : { failOn: 'stat' as const, error };
  const faulty = new FaultyDestination(new MemoryDestination({ label: 'memory:x', clock }), faults, { hook });
  const log = { ...silent, debug: (message: string, context?: unknown): void => void lines.push([message, context]) };
  return { destination: new LoggedDestination(faulty, { log, clock }), lines };
};

it('tells verb, name, size and time of every call, and no content', async () => {
  const { destination, lines } = logged();
  await put(destination, 'data/a', 'secret content');
  await get(destination, 'data/a');
  await keys(destination, 'data/');
  for await (const _ of destination.get('data/a', { signal })) break;
  await destination.delete('data/a', { signal });
  const common = { destination: 'memory:x', ms: 5 };
  expect(lines).toEqual([
    ['put', { ...common, key: 'data/a', bytes: 14 }],
    ['get', { ...common, key: 'data/a', bytes: 14 }],
    ['list', { ...common, prefix: 'data/', entries: 1 }],
    ['get', { ...common, key: 'data/a', bytes: 14, left: true }],
    ['delete', { ...common, key: 'data/a' }],
  ]);
});

it('tells only the kind of an error that is not ours, since its text may hold anything', async () => {
  const { destination, lines } = logged(new RangeError('token=hunter2'));
  await expect(destination.stat('a', { signal })).rejects.toThrow('hunter2');
  expect(lines).toEqual([
    ['stat failed', { destination: 'memory:x', key: 'a', ms: 5, code: 'unknown', message: 'RangeError' }],
  ]);
});
