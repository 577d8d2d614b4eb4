import { expect, it, vi } from 'vitest';
import { bodyOf } from '../../src/body.ts';
import { BackupError } from '../../src/errors.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { findLostSnapshots } from '../../src/run/lost-snapshots.ts';
import { Session } from '../../src/run/session.ts';
import { init, mapSource, run, testPipeline } from '../kit/repository.ts';

it('makes one replica where two destinations lead to one place, and says so', async () => {
  const store: MemoryStore = new Map();
  const { pipeline } = testPipeline({
    destinations: {
      a: () => new MemoryDestination({ store }),
      b: () => new MemoryDestination({ store }),
    },
  });
  const report = await init(pipeline);
  expect(report.created.map(({ destination }) => destination)).toEqual(['a']);
  expect(report.absent).toMatchObject([{ name: 'b', status: 'failed', error: { code: 'WRONG_REPOSITORY' } }]);
  expect(report.absent[0]?.error.message).toContain('leads to the same place');
  expect([...store.keys()].filter((key) => key.startsWith('keys/'))).toHaveLength(1);
});

it('that failed half-way is told to be run again by the next command, and then makes what is missing', async () => {
  let full = true;
  const stores: Record<string, MemoryStore> = { a: new Map(), b: new Map() };
  class Full extends MemoryDestination {
    override put(...[key, body, options]: Parameters<MemoryDestination['put']>): ReturnType<MemoryDestination['put']> {
      if (full && key === 'config') return Promise.reject(new BackupError('QUOTA_EXCEEDED', 'the account is full'));
      return super.put(key, body, options);
    }
  }
  const { pipeline } = testPipeline({
    sources: { docs: () => mapSource(() => new Map([['a', Buffer.from('first')]])) },
    destinations: {
      a: () => new MemoryDestination({ store: stores['a'] ?? new Map() }),
      b: () => new Full({ store: stores['b'] ?? new Map() }),
    },
  });
  expect((await init(pipeline)).absent).toMatchObject([{ name: 'b', error: { code: 'QUOTA_EXCEEDED' } }]);
  expect([...(stores['b']?.keys() ?? [])]).toEqual([]);
  const { outcomes } = await run(pipeline);
  expect(outcomes).toMatchObject([
    { destination: 'a', status: 'stored' },
    {
      destination: 'b',
      status: 'failed',
      error: {
        code: 'NO_REPOSITORY',
        hint: expect.stringMatching(/^none was made here yet: run `triplicate init` again/) as string,
      },
    },
  ]);
  full = false;
  expect((await init(pipeline)).created.map(({ destination }) => destination)).toEqual(['b']);
  stores['b']?.clear();
  const gone = (await run(pipeline)).outcomes.find(({ destination }) => destination === 'b');
  expect(gone?.error?.hint).toMatch(/^mount the place if it is not/);
});

it('says that a place keeps everybody waiting', async () => {
  vi.useFakeTimers();
  try {
    const opening = Promise.withResolvers<MemoryDestination>();
    const { pipeline, events } = testPipeline({ destinations: { slow: () => opening.promise } });
    const made = init(pipeline);
    await vi.advanceTimersByTimeAsync(1900);
    expect(events).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(events).toEqual([{ type: 'silent', destination: 'slow', patienceMs: 58_000 }]);
    opening.resolve(new MemoryDestination({}));
    vi.useRealTimers();
    expect((await made).created).toHaveLength(1);
  } finally {
    vi.useRealTimers();
  }
});

it('accepts replicas that were swapped or exchanged, says whose they were, and what is known goes with them', async () => {
  const stores: Record<string, MemoryStore> = { a: new Map(), b: new Map(), c: new Map() };
  const places: Record<string, string> = { a: 'a', b: 'b', c: 'c' };
  const open = (name: string) => () => {
    const store = stores[places[name] ?? ''];
    if (!store) throw new BackupError('UNAVAILABLE', 'not plugged in');
    return new MemoryDestination({ store });
  };
  const { pipeline } = testPipeline({
    sources: { docs: () => mapSource(() => new Map([['a', Buffer.from('first')]])) },
    destinations: { a: open('a'), b: open('b'), c: open('c') },
    removable: ['a', 'b', 'c'],
  });
  const lost = async (): Promise<unknown> => {
    await using session = await Session.open(pipeline, { lock: 'read' });
    return [...(await findLostSnapshots(session)).keys()];
  };
  expect((await init(pipeline)).exchanged).toEqual([]);
  await run(pipeline);
  places['b'] = 'nowhere';
  await run(pipeline);
  Object.assign(places, { a: 'b', b: 'a' });
  expect(await init(pipeline)).toMatchObject({
    created: [],
    existing: ['a', 'b', 'c'],
    exchanged: [
      { destination: 'a', from: 'b' },
      { destination: 'b', from: 'a' },
    ],
  });
  expect(await lost()).toEqual([]);
  expect((await init(pipeline)).exchanged).toEqual([]);
  expect((await run(pipeline)).outcomes.map(({ status }) => status)).toEqual(['stored', 'stored', 'stored']);
  // A disk that another machine had filled.
  stores['other'] = await furtherReplica(stores['c'] ?? new Map());
  places['c'] = 'other';
  expect(await init(pipeline)).toMatchObject({ exchanged: [{ destination: 'c', from: undefined }] });
  expect(await lost()).toEqual([]);
});

/** A replica of the repository in `sibling`, made by a machine that remembers nothing. */
const furtherReplica = async (sibling: MemoryStore): Promise<MemoryStore> => {
  const store: MemoryStore = new Map();
  const { pipeline } = testPipeline({
    destinations: {
      sibling: () => new MemoryDestination({ store: sibling }),
      further: () => new MemoryDestination({ store }),
    },
  });
  await init(pipeline);
  return store;
};

/** As an `init` leaves it that is killed between the key and the config. */
const cutInit = async (...stores: readonly MemoryStore[]): Promise<void> => {
  const destinations = Object.fromEntries(stores.map((store, i) => [`${i}`, () => new MemoryDestination({ store })]));
  await init(testPipeline({ destinations }).pipeline);
  for (const store of stores) store.delete('config');
};

it('goes on with what was cut off between the key and the config', async () => {
  const [a, b]: MemoryStore[] = [new Map(), new Map()];
  if (a === undefined || b === undefined) throw new TypeError();
  await cutInit(b);
  const [key] = b.keys();
  const { pipeline } = testPipeline({
    sources: { docs: () => mapSource(() => new Map([['a', Buffer.from('first')]])) },
    destinations: { a: () => new MemoryDestination({ store: a }), b: () => new MemoryDestination({ store: b }) },
  });
  const { absent, created } = await init(pipeline);
  expect(absent).toEqual([]);
  expect(created.map(({ destination }) => destination)).toEqual(['a', 'b']);
  expect([...b.keys()].filter((name) => name.startsWith('keys/'))).toEqual([key]);
  const { outcomes } = await run(pipeline);
  expect(outcomes.map(({ status }) => status)).toEqual(['stored', 'stored']);
});

it.each(['snapshots', 'index', 'data'])('begins nothing over %s of a repository whose config is gone', async (kind) => {
  const store: MemoryStore = new Map();
  await cutInit(store);
  const id = 'ab'.repeat(32);
  await new MemoryDestination({ store }).put(
    kind === 'data' ? `data/ab/${id}` : `${kind}/${id}`,
    bodyOf(Buffer.of(1)),
    {
      signal: new AbortController().signal,
    },
  );
  const { pipeline } = testPipeline({ destinations: { a: () => new MemoryDestination({ store }) } });
  await expect(init(pipeline)).rejects.toMatchObject({ code: 'WRONG_REPOSITORY' });
  expect(store.has('config')).toBe(false);
});

it('takes no key of an init that was cut off with another password, and says what to do', async () => {
  const store: MemoryStore = new Map();
  await cutInit(store);
  const { pipeline } = testPipeline({ destinations: { a: () => new MemoryDestination({ store }) } });
  const other = { ...pipeline, password: () => Promise.resolve('another one') };
  await expect(init(other)).rejects.toMatchObject({
    code: 'WRONG_PASSWORD',
    hint: expect.stringMatching(/delete the folder "keys"/) as string,
  });
});

it('refuses the second of two that were begun apart', async () => {
  const [a, b]: MemoryStore[] = [new Map(), new Map()];
  if (a === undefined || b === undefined) throw new TypeError();
  await cutInit(a);
  await cutInit(b);
  const { pipeline } = testPipeline({
    destinations: { a: () => new MemoryDestination({ store: a }), b: () => new MemoryDestination({ store: b }) },
  });
  const { absent, created } = await init(pipeline);
  expect(created.map(({ destination }) => destination)).toEqual(['a']);
  expect(absent).toMatchObject([{ name: 'b', error: { code: 'WRONG_REPOSITORY' } }]);
});

it('left out is told in one hint, though one of the new places is a removable disk', async () => {
  const { pipeline } = testPipeline({
    sources: { files: () => mapSource(() => new Map()) },
    destinations: {
      a: () => new MemoryDestination({ store: new Map() }),
      b: () => new MemoryDestination({ store: new Map() }),
    },
    removable: ['a'],
  });
  await expect(run(pipeline)).rejects.toMatchObject({
    code: 'NO_REPOSITORY',
    hint: 'mount the place if it is not; `triplicate init` makes a repository on a new one',
  });
});
