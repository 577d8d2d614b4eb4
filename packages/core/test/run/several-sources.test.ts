import { describe, expect, it } from 'vitest';
import type { Body } from '../../src/body.ts';
import type { ObjectInfo, PutOptions } from '../../src/destination/destination.ts';
import { ForwardingDestination } from '../../src/destination/forwarding.ts';
import { BackupError } from '../../src/errors.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { init, mapSource, readBack, run, testPipeline, type TestPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

/** Takes its time for every put; `onPut` sees each when it begins and may refuse it. */
class Slow extends ForwardingDestination {
  readonly #onPut: (key: string, underway: ReadonlySet<string>) => void;
  readonly #underway = new Set<string>();

  constructor(store: MemoryStore, onPut: (key: string, underway: ReadonlySet<string>) => void) {
    super(new MemoryDestination({ store }));
    this.#onPut = onPut;
  }

  override async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    this.#onPut(key, this.#underway);
    this.#underway.add(key);
    await new Promise((resolve) => setTimeout(resolve, key.startsWith('data/') ? 20 : 100));
    this.#underway.delete(key);
    return super.put(key, body, options);
  }
}

const files = (seed: number): Map<string, Uint8Array> =>
  new Map(Array.from({ length: 4 }, (_, i) => [`file${i}`, seededBytes(seed + i, 700_000)]));

const threeSources = (open: Record<string, () => Slow>): TestPipeline =>
  testPipeline({
    sources: {
      one: () => mapSource(() => files(10)),
      two: () => mapSource(() => files(20)),
      three: () => mapSource(() => files(30)),
    },
    destinations: open,
  });

describe('a run with several sources', () => {
  it('stores the snapshot of each, and none while its index is still being written', async () => {
    const stores = [new Map(), new Map()] as [MemoryStore, MemoryStore];
    const early: string[] = [];
    const watch = (key: string, underway: ReadonlySet<string>): void => {
      if (key.startsWith('snapshots/')) early.push(...[...underway].filter((other) => other.startsWith('index/')));
    };
    const { pipeline } = threeSources({ a: () => new Slow(stores[0], watch), b: () => new Slow(stores[1], watch) });
    await init(pipeline);
    const { outcomes } = await run(pipeline);
    expect(outcomes.map(({ source, destination, status }) => `${source} ${destination} ${status}`)).toEqual([
      'one a stored',
      'one b stored',
      'two a stored',
      'two b stored',
      'three a stored',
      'three b stored',
    ]);
    expect(early).toEqual([]);
    expect((await readBack(pipeline, 'b')).size).toBe(4);
  });

  it('stores no snapshot on a destination that took the packs and not the index', async () => {
    const stores = [new Map(), new Map()] as [MemoryStore, MemoryStore];
    let refused = false;
    const refuse = (key: string): void => {
      if (!key.startsWith('index/') || refused) return;
      refused = true;
      throw new BackupError('QUOTA_EXCEEDED', 'no space left');
    };
    const { pipeline } = threeSources({
      a: () => new Slow(stores[0], () => undefined),
      b: () => new Slow(stores[1], refuse),
    });
    await init(pipeline);
    const { outcomes } = await run(pipeline);
    expect(outcomes.map(({ destination, status }) => `${destination} ${status}`)).toEqual([
      'a stored',
      'b failed',
      'a stored',
      'b failed',
      'a stored',
      'b failed',
    ]);
    expect([...stores[1].keys()].filter((key) => key.startsWith('snapshots/'))).toEqual([]);
  });
});
