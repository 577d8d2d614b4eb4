import { expect, it } from 'vitest';
import { isBackupError } from '../../src/errors.ts';
import { sync } from '../../src/run/sync.ts';
import { FaultyDestination, MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { init, mapSource, run, testPipeline, type TestPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

/** A person presses Ctrl-C at the so many-th operation. */
const interruptedAt = (stores: readonly MemoryStore[], at: number): TestPipeline => {
  const interrupted = new AbortController();
  let left = at;
  const hook = (): void => {
    left -= 1;
    if (left === 0) interrupted.abort();
  };
  const open = (i: number) => (): FaultyDestination =>
    new FaultyDestination(new MemoryDestination({ store: stores[i] ?? new Map() }), [], { hook });
  const files = new Map([1, 2, 3].map((seed) => [`file${seed}`, seededBytes(seed, 400_000)]));
  return testPipeline({
    sources: { files: () => mapSource(() => files) },
    destinations: { a: open(0), b: open(1) },
    signal: interrupted.signal,
    packBytes: 256 * 1024,
  });
};

it.each([2, 11, 12, 14, 20])('a command that is interrupted at operation %i ends with an error of ours', async (at) => {
  const stores = [new Map(), new Map()] as MemoryStore[];
  await init(interruptedAt(stores, Number.POSITIVE_INFINITY).pipeline);
  const { pipeline: behind } = interruptedAt(stores, Number.POSITIVE_INFINITY);
  await run({ ...behind, destinations: behind.destinations.slice(0, 1) });
  const thrown: unknown[] = [];
  for (const command of [run, (pipeline: typeof behind) => sync(pipeline, { dryRun: false })]) {
    await command(interruptedAt(stores, at).pipeline).catch((error: unknown) => thrown.push(error));
  }
  expect(thrown.length).toBeGreaterThan(0);
  expect(thrown.filter((error) => !isBackupError(error, 'ABORTED'))).toEqual([]);
});
