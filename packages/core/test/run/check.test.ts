import { expect, it } from 'vitest';
import { check } from '../../src/run/check.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { init, mapSource, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

const lose = (store: MemoryStore): void => {
  for (const key of store.keys()) if (key.startsWith('index/')) store.delete(key);
};

const harm = (store: MemoryStore): void => {
  for (const [key, object] of store) {
    if (key.startsWith('data/'))
      store.set(key, { ...object, content: Buffer.from(object.content.map((byte) => byte ^ 1)) });
  }
};

it.each([
  ['gone', lose],
  ['damaged', harm],
] as const)('says of a folder list that is %s which destination lacks it, not that none has it', async (_, spoil) => {
  const stores = { a: new Map(), b: new Map() } as Record<'a' | 'b', MemoryStore>;
  const { pipeline } = testPipeline({
    sources: { files: () => mapSource(() => new Map([['file', seededBytes(1, 1000)]])) },
    destinations: {
      a: () => new MemoryDestination({ store: stores.a }),
      b: () => new MemoryDestination({ store: stores.b }),
    },
  });
  await init(pipeline);
  await run(pipeline);
  spoil(stores.a);
  const [a, b] = await check(pipeline, { readData: 'all', random: () => 0 });
  const said = a?.errors.map(({ message }) => message).join('\n');
  expect(said).toContain('"a" does not have the folder list');
  expect(said).not.toContain('no destination');
  expect(b?.status).toBe('whole');
});
