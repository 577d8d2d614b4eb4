import { describe, expect, it } from 'vitest';
import { sync } from '../../src/run/sync.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { init, mapSource, run, testPipeline } from '../kit/repository.ts';

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
