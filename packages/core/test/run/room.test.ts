import { expect, it } from 'vitest';
import { ForwardingDestination } from '../../src/destination/forwarding.ts';
import type { Space } from '../../src/destination/destination.ts';
import { MemoryDestination } from '../../src/testing/index.ts';
import { init, mapSource, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

class Small extends ForwardingDestination {
  override space(): Promise<Space> {
    return Promise.resolve({ freeBytes: 10 * 1024 * 1024 });
  }
}

it('names a destination that may have no room for what comes once, when all is counted, and only then', async () => {
  const source = mapSource(() => new Map([['file', seededBytes(1, 20_000)]]));
  const expecting = (bytes: number) =>
    ({
      ...source,
      capture: (builder, context) => {
        for (const share of [0.3, 0.6, 1]) context.expect({ files: 1, bytes: bytes * share, counting: true });
        for (let i = 0; i < 2; i += 1) context.expect({ files: 1, bytes });
        return source.capture(builder, context);
      },
    }) satisfies typeof source;
  const stores = { small: new Map(), large: new Map() };
  let bytes = 300 * 1024 * 1024;
  const { pipeline, events } = testPipeline({
    sources: { files: () => expecting(bytes) },
    destinations: {
      small: () => new Small(new MemoryDestination({ store: stores.small })),
      large: () => new MemoryDestination({ store: stores.large }),
    },
  });
  await init(pipeline);
  await run(pipeline);
  const warnings = (): unknown[] => events.filter(({ type }) => type === 'warning');
  expect(warnings()).toMatchObject([
    {
      destination: 'small',
      error: { code: 'QUOTA_EXCEEDED', message: '"small" has 10 MiB free, and up to 300 MiB may come' },
    },
  ]);
  events.length = 0;
  bytes = 9 * 1024 * 1024;
  await run(pipeline);
  expect(warnings()).toEqual([]);
});

it('counts what would come of all sources together on a dry run, which writes nothing', async () => {
  const source = (seed: number) => mapSource(() => new Map([['file', seededBytes(seed, 6 * 1024 * 1024)]]));
  const store = new Map();
  const { pipeline, events } = testPipeline({
    sources: { one: () => source(1), two: () => source(2) },
    destinations: { small: () => new Small(new MemoryDestination({ store })) },
  });
  await init(pipeline);
  await run(pipeline, { dryRun: true });
  expect(events.filter(({ type }) => type === 'warning')).toMatchObject([
    { destination: 'small', error: { message: '"small" has 10 MiB free, and up to 12 MiB would come' } },
  ]);
});
