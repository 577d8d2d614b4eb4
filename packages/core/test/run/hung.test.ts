/** A run that waits for the quorum alone, beside a destination that does not answer any more. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Body } from '../../src/body.ts';
import type { PutOptions } from '../../src/destination/destination.ts';
import { ForwardingDestination } from '../../src/destination/forwarding.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { init, mapSource, readBack, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

const never = (): Promise<never> => new Promise(() => undefined);

/** Puts wait for `before`; with `hangs`, deletes never come back. */
class Slow extends ForwardingDestination {
  readonly #how: { readonly before: (key: string) => Promise<unknown>; readonly hangs: boolean };

  constructor(
    store: MemoryStore,
    how: { readonly before: (key: string) => Promise<unknown>; readonly hangs: boolean },
  ) {
    super(new MemoryDestination({ store }));
    this.#how = how;
  }

  override async put(key: string, body: Body, options: PutOptions) {
    await this.#how.before(key);
    return this.inner.put(key, body, options);
  }

  override delete(...call: Parameters<ForwardingDestination['delete']>) {
    return this.#how.hangs ? never() : this.inner.delete(...call);
  }
}

it('ends soon after the quorum holds, with what has arrived told as stored and what may have arrived as behind', async () => {
  const stores = { quick: new Map(), slower: new Map(), hung: new Map() } satisfies Record<string, MemoryStore>;
  const isSnapshot = (key: string): boolean => key.startsWith('snapshots/');
  const files = new Map([['file', seededBytes(1, 20_000)]]);
  const { pipeline } = testPipeline({
    sources: { files: () => mapSource(() => files) },
    destinations: {
      quick: async () => new MemoryDestination({ store: stores.quick }),
      slower: async () =>
        new Slow(stores.slower, { before: async (key) => isSnapshot(key) && sleep(300), hangs: false }),
      hung: async () => new Slow(stores.hung, { before: async (key) => isSnapshot(key) && never(), hangs: true }),
    },
    patienceMs: 60_000,
  });
  await init(pipeline);
  const started = performance.now();
  const report = await run({ ...pipeline, quorum: 1 }, { wait: 'quorum' });
  expect(performance.now() - started).toBeLessThan(30_000);
  expect(report.quorumHeld).toBe(true);
  expect(report.outcomes).toMatchObject([
    { destination: 'quick', status: 'stored' },
    { destination: 'slower', status: 'stored' },
    {
      destination: 'hung',
      status: 'behind',
      error: { message: expect.stringContaining('may have arrived') as string },
    },
  ]);
  expect((await readBack(pipeline, 'slower')).get('file')?.equals(seededBytes(1, 20_000))).toBe(true);
}, 90_000);
