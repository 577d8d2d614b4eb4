import { getEventListeners } from 'node:events';
import { queryObjects } from 'node:v8';
import { describe, expect, it } from 'vitest';
import type { Body } from '../../src/body.ts';
import type { ObjectInfo, PutOptions } from '../../src/destination/destination.ts';
import { ForwardingDestination } from '../../src/destination/forwarding.ts';
import { FanOut } from '../../src/engine/fan-out.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { init, mapSource, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

/** Crawls, and notes when each put is over. */
class Crawling extends ForwardingDestination {
  readonly #ended: (key: string) => void;

  constructor(store: MemoryStore, ended: (key: string) => void) {
    super(new MemoryDestination({ store }));
    this.#ended = ended;
  }

  override async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    if (key.startsWith('data/')) await new Promise((resolve) => setTimeout(resolve, 1000));
    const info = await super.put(key, body, options);
    this.#ended(key);
    return info;
  }
}

describe('a run that is over', () => {
  it('is forgotten, however long the process and its signal live', async () => {
    const stores = [new Map(), new Map()] as MemoryStore[];
    const { pipeline } = testPipeline({
      sources: { files: () => mapSource(() => new Map([['file', seededBytes(1, 100_000)]])) },
      destinations: {
        a: () => new MemoryDestination({ store: stores[0] ?? new Map() }),
        b: () => new MemoryDestination({ store: stores[1] ?? new Map() }),
      },
    });
    await init(pipeline);
    for (let i = 0; i < 4; i += 1) await run(pipeline);
    expect(getEventListeners(pipeline.signal, 'abort')).toEqual([]);
    // One may still stand in a register or on the stack.
    expect(queryObjects(FanOut, { format: 'count' })).toBeLessThan(2);
  });

  it('stores nothing more on a destination that it did not wait for', async () => {
    const stores = [new Map(), new Map()] as MemoryStore[];
    const late: string[] = [];
    let isOver = false;
    const files = new Map(Array.from({ length: 8 }, (_, i) => [`file${i}`, seededBytes(i, 200_000)]));
    const { pipeline } = testPipeline({
      sources: { files: () => mapSource(() => files) },
      destinations: {
        a: () => new MemoryDestination({ store: stores[0] ?? new Map() }),
        b: () => new Crawling(stores[1] ?? new Map(), (key) => isOver && late.push(key)),
      },
      packBytes: 128 * 1024,
    });
    await init(pipeline);
    const { outcomes } = await run(pipeline, { wait: 'quorum' });
    isOver = true;
    expect(outcomes.map(({ destination, status }) => `${destination} ${status}`)).toEqual(['a stored', 'b behind']);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(late).toEqual([]);
  });
});
