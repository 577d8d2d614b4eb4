import { expect, it } from 'vitest';
import { changePassword } from '../../src/run/keys.ts';
import { dueKeys } from '../../src/run/due-keys.ts';
import type { Pipeline } from '../../src/run/pipeline.ts';
import { Session } from '../../src/run/session.ts';
import { addKey, openWithPassword } from '../../src/repository/keys.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { cheapScrypt, init, mapSource, testPipeline } from '../kit/repository.ts';

it('opens a place where nothing can be deleted by the new password too, and says that the old one stays', async () => {
  const [a, b]: [MemoryStore, MemoryStore] = [new Map(), new Map()];
  const open = (canDelete: boolean) =>
    testPipeline({
      sources: { files: () => mapSource(() => new Map()) },
      destinations: {
        a: () => new MemoryDestination({ store: a }),
        b: () => new MemoryDestination({ store: b, capabilities: { canDelete } }),
      },
    }).pipeline;
  await init(open(true));
  const pipeline = open(false);
  const old = [...b.keys()].filter((key) => key.startsWith('keys/'));
  const changes = await changePassword(pipeline, 'the new one', cheapScrypt);
  expect(changes).toMatchObject([{ destination: 'a' }, { destination: 'b', error: { code: 'UNSUPPORTED' } }]);
  expect(changes[1]?.error?.hint).toContain(old[0]);
  expect((await dueKeys(pipeline)).size).toBe(0);
  for (const password of ['the new one', await pipeline.password()]) {
    const only = { ...pipeline, password: () => Promise.resolve(password) };
    await using session = await Session.open(only, { lock: 'read', only: new Set(['b']) });
    expect(session.replicas.map(({ name }) => name)).toEqual(['b']);
  }
});

const two = (): { stores: readonly [MemoryStore, MemoryStore]; pipeline: Pipeline } => {
  const stores: [MemoryStore, MemoryStore] = [new Map(), new Map()];
  const destinations = {
    a: () => new MemoryDestination({ store: stores[0] }),
    b: () => new MemoryDestination({ store: stores[1] }),
  };
  return { stores, ...testPipeline({ sources: { files: () => mapSource(() => new Map()) }, destinations }) };
};

const keysOf = (store: MemoryStore): string[] => [...store.keys()].filter((key) => key.startsWith('keys/'));

it('makes no second key for the password where a replica lost its config alone', async () => {
  const { stores, pipeline } = two();
  await init(pipeline);
  const before = keysOf(stores[1]);
  stores[1].delete('config');
  await init(pipeline);
  expect(stores[1].has('config')).toBe(true);
  expect(keysOf(stores[1])).toEqual(before);
});

it('changed leaves no key file that the old one opens, though two were made for it', async () => {
  const { stores, pipeline } = two();
  await init(pipeline);
  const old = await pipeline.password();
  const clock = '2026-01-01T00:00:00Z';
  const signal = new AbortController().signal;
  const destination = new MemoryDestination({ store: stores[1] });
  const { master } = await openWithPassword(destination, old, { signal });
  const info = { created: clock, username: 'anna', hostname: 'laptop', params: cheapScrypt };
  await addKey(destination, master, { password: old, ...info, signal });
  expect(keysOf(stores[1])).toHaveLength(2);
  await changePassword(pipeline, 'the new one', cheapScrypt);
  expect(keysOf(stores[1])).toHaveLength(1);
  await expect(openWithPassword(destination, old, { signal })).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
});
