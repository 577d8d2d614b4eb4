import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { restore } from '../../src/run/restore.ts';
import { MemoryDestination, type MemoryStore, type TemporaryFolder, temporaryFolder } from '../../src/testing/index.ts';
import { init, mapSource, run, testPipeline, type TestPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

const content = seededBytes(7, 700_000);
let temporary: TemporaryFolder;
beforeEach(async () => void (temporary = await temporaryFolder()));
afterEach(() => temporary[Symbol.asyncDispose]());

/** Two replicas: the packs of `a` are gone, and only the config of `b` is not right. */
const withConfigOfB = async (change: (store: MemoryStore) => void): Promise<TestPipeline> => {
  const stores = { a: new Map(), b: new Map() } as Record<'a' | 'b', MemoryStore>;
  const made = testPipeline({
    sources: { files: () => mapSource(() => new Map([['file', content]])) },
    destinations: {
      a: () => new MemoryDestination({ store: stores.a }),
      b: () => new MemoryDestination({ store: stores.b }),
    },
  });
  await init(made.pipeline);
  await run(made.pipeline);
  for (const key of stores.a.keys()) if (key.startsWith('data/')) stores.a.delete(key);
  change(stores.b);
  return made;
};

describe.each([
  { name: 'gone', change: (store: MemoryStore) => void store.delete('config') },
  {
    name: 'damaged',
    change: (store: MemoryStore) => {
      const config = store.get('config');
      if (config) store.set('config', { ...config, content: config.content.subarray(0, 60) });
    },
  },
])('a replica whose config is $name', ({ change }) => {
  it('still gives what it has to a restore, is told of, and is not written to', async () => {
    const { pipeline, events } = await withConfigOfB(change);
    const to = join(temporary.path, 'restored');
    expect(await restore(pipeline, { snapshot: 'latest', to })).toMatchObject({ problems: [], files: 1 });
    expect(readFileSync(join(to, 'file')).equals(content)).toBe(true);
    const warned = events.filter((event) => event.type === 'warning' && event.destination === 'b');
    expect(warned.length).toBeGreaterThan(0);
    const { outcomes } = await run(pipeline);
    expect(outcomes.map(({ destination, status }) => `${destination} ${status}`)).toContain('b failed');
  });
});
