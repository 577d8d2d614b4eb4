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
});
