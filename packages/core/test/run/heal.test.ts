import { expect, it } from 'vitest';
import { heal } from '../../src/run/heal.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { init, mapSource, readBack, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

it('gives the first replica what is only found again when the second is mended', async () => {
  const stores = { a: new Map(), b: new Map() } as Record<'a' | 'b', MemoryStore>;
  const files = new Map([['file', seededBytes(1, 20_000)]]);
  const { pipeline } = testPipeline({
    sources: { files: () => mapSource(() => files) },
    destinations: {
      a: () => new MemoryDestination({ store: stores.a }),
      b: () => new MemoryDestination({ store: stores.b }),
    },
  });
  await init(pipeline);
  // Each has the file in a pack of its own.
  for (const i of [0, 1]) await run({ ...pipeline, destinations: pipeline.destinations.slice(i, i + 1) });
  for (const [key, object] of stores.a) {
    if (!key.startsWith('data/') || object.content.byteLength < 20_000) continue;
    stores.a.set(key, { ...object, content: Buffer.from(object.content).fill(0, 1000, 1010) });
  }
  // Nothing names what b has.
  for (const key of stores.b.keys()) if (key.startsWith('index/')) stores.b.delete(key);
  expect((await heal(pipeline, { dryRun: false })).map(({ status }) => status)).toEqual(['healed', 'healed']);
  for (const name of ['a', 'b']) {
    expect((await readBack(pipeline, name)).get('file')?.equals(seededBytes(1, 20_000))).toBe(true);
  }
});
