import { describe, expect, it } from 'vitest';
import { sync } from '../../src/run/sync.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { init, mapSource, readBack, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

const names = (store: MemoryStore, prefix: string): string[] =>
  [...store.keys()].filter((key) => key.startsWith(prefix)).toSorted();

describe('a new replica', () => {
  it('gets packs of tiny files whole, under the names that its sibling has', async () => {
    const stores = { a: new Map(), c: new Map() } as Record<string, MemoryStore>;
    const files = new Map(Array.from({ length: 400 }, (_, i) => [`file${i}`, Buffer.from([i, i >> 8])]));
    const open = (name: string) => (): MemoryDestination =>
      new MemoryDestination({ label: name, store: stores[name] ?? new Map() });
    const { pipeline } = testPipeline({
      sources: { files: () => mapSource(() => files) },
      destinations: { a: open('a'), c: open('c') },
    });
    await init({ ...pipeline, destinations: pipeline.destinations.slice(0, 1) });
    await run(pipeline);
    await init(pipeline);
    await sync(pipeline, { dryRun: false });
    for (const kind of ['data/', 'index/', 'snapshots/'])
      expect(names(stores['c'] ?? new Map(), kind)).toEqual(names(stores['a'] ?? new Map(), kind));
  });
});

describe('the progress of a sync', () => {
  it('counts bytes against those of all snapshots, known before the first is copied', async () => {
    const stores = { a: new Map(), c: new Map() } as Record<string, MemoryStore>;
    const files = new Map<string, Uint8Array>();
    const open = (name: string) => (): MemoryDestination =>
      new MemoryDestination({ label: name, store: stores[name] ?? new Map() });
    const { pipeline, events } = testPipeline({
      sources: { files: () => mapSource(() => files) },
      destinations: { a: open('a'), c: open('c') },
    });
    await init(pipeline);
    for (const seed of [1, 2, 3]) {
      files.set(`file ${seed}`, seededBytes(seed, 100_000));
      await run({ ...pipeline, destinations: pipeline.destinations.slice(0, 1) });
    }
    events.length = 0;
    const [, result] = await sync(pipeline, { dryRun: false });
    expect(result).toMatchObject({ destination: 'c', status: 'synced', snapshots: 3 });
    const told = events.flatMap((event) =>
      event.type === 'work-progress' && event.work === 'sync' ? [event.progress] : [],
    );
    expect(told.shift()).toMatchObject({ done: 0, total: undefined, finished: false });
    expect(new Set(told.map(({ total, unit }) => `${total} ${unit}`))).toEqual(new Set([`${result?.bytes} bytes`]));
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).toSorted((a, b) => a - b));
    expect(told.filter(({ finished }) => finished)).toMatchObject([{ done: result?.bytes }]);
    expect(told.at(-1)?.finished).toBe(true);
    expect(told.map(({ current }) => current?.slice(-6))).toContain('3 of 3');
  });
});

describe('a replica that is behind', () => {
  it('gets every snapshot but the one whose pack is damaged on the only sibling', async () => {
    const stores = { a: new Map(), c: new Map() } as Record<string, MemoryStore>;
    const files = new Map([['old', seededBytes(1, 100_000)]]);
    const open = (name: string) => (): MemoryDestination =>
      new MemoryDestination({ label: name, store: stores[name] ?? new Map() });
    const { pipeline } = testPipeline({
      sources: { files: () => mapSource(() => files) },
      destinations: { a: open('a'), c: open('c') },
    });
    const alone = { ...pipeline, destinations: pipeline.destinations.slice(0, 1) };
    await init(pipeline);
    await run(alone);
    const [first] = names(stores['a'] ?? new Map(), 'data/');
    const pack = stores['a']?.get(first ?? '');
    files.delete('old');
    for (const seed of [2, 3]) {
      files.set(`new ${seed}`, seededBytes(seed, 100_000));
      await run(alone);
    }
    if (pack) pack.content.fill(0, 100, 200);
    const [, result] = await sync(pipeline, { dryRun: false });
    expect(result).toMatchObject({ destination: 'c', status: 'synced', snapshots: 2 });
    expect(result?.incomplete.map(({ error }) => error.code)).toEqual(['CORRUPT']);
    expect([...(await readBack(pipeline, 'c')).keys()]).toEqual(['new 2', 'new 3']);
  });

  it('gets a pack from a sibling whose index is damaged when the one that lists it has it damaged', async () => {
    const stores = { a: new Map(), b: new Map(), c: new Map() } as Record<'a' | 'b' | 'c', MemoryStore>;
    const files = new Map([['file', seededBytes(1, 100_000)]]);
    const { pipeline } = testPipeline({
      sources: { files: () => mapSource(() => files) },
      destinations: {
        a: () => new MemoryDestination({ store: stores.a }),
        b: () => new MemoryDestination({ store: stores.b }),
        c: () => new MemoryDestination({ store: stores.c }),
      },
    });
    await init(pipeline);
    await run({ ...pipeline, destinations: pipeline.destinations.slice(0, 2) });
    const spoil = (store: MemoryStore, prefix: string): void => {
      for (const key of names(store, prefix)) {
        const object = store.get(key);
        if (object) store.set(key, { ...object, content: Buffer.from(object.content).fill(0, 40, 50) });
      }
    };
    spoil(stores.a, 'index/');
    for (const key of names(stores.b, 'data/').slice(0, 1)) spoil(stores.b, key);
    const results = await sync(pipeline, { dryRun: false });
    expect(results.at(-1)).toMatchObject({ destination: 'c', status: 'synced', snapshots: 1, incomplete: [] });
    expect((await readBack(pipeline, 'c')).get('file')?.equals(seededBytes(1, 100_000))).toBe(true);
  });
});

describe('a pack that nobody has whole', () => {
  it('is copied blob by blob out of what is left of it and out of other packs', async () => {
    const stores = { a: new Map(), b: new Map(), c: new Map() } as Record<'a' | 'b' | 'c', MemoryStore>;
    const files = new Map([1, 2, 3].map((seed) => [`file${seed}`, seededBytes(seed, 20_000)]));
    const open = (name: 'a' | 'b' | 'c') => (): MemoryDestination => new MemoryDestination({ store: stores[name] });
    const { pipeline } = testPipeline({
      sources: { files: () => mapSource(() => files) },
      destinations: { a: open('a'), b: open('b'), c: open('c') },
    });
    const only = (...wanted: string[]): typeof pipeline => ({
      ...pipeline,
      destinations: pipeline.destinations.filter(({ name }) => wanted.includes(name)),
    });
    await init(pipeline);
    // a and b have one snapshot in packs of their own each.
    await run(only('a'));
    await run(only('b'));
    const spoilt = (name: 'a' | 'b', at: number): void => {
      for (const key of names(stores[name], 'data/')) {
        const object = stores[name].get(key);
        if (!object || object.content.byteLength < 50_000) continue;
        stores[name].set(key, { ...object, content: Buffer.from(object.content).fill(0, at, at + 10) });
      }
    };
    spoilt('a', 1_000);
    spoilt('b', 50_000);
    const results = await sync(only('a', 'b', 'c'), { to: new Set(['c']), dryRun: false });
    expect(results).toMatchObject([{ destination: 'c', status: 'synced', snapshots: 2, incomplete: [] }]);
    const back = await readBack(pipeline, 'c');
    expect([...files].filter(([path, bytes]) => back.get(path)?.equals(bytes) !== true)).toEqual([]);
  });
});
