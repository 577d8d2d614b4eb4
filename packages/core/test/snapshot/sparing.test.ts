import { expect, it } from 'vitest';
import { collect } from '../../src/body.ts';
import { bytesFromText } from '../../src/bytes.ts';
import { ForwardingDestination } from '../../src/destination/forwarding.ts';
import type { Destination, GetOptions } from '../../src/destination/destination.ts';
import { Session } from '../../src/run/session.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { init, mapSource, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

interface Counts {
  requests: number;
  bytes: number;
}

/** Counts what is read of packs. */
class Counting extends ForwardingDestination {
  readonly #counts: Counts;

  constructor(inner: Destination, counts: Counts) {
    super(inner);
    this.#counts = counts;
  }

  override async *get(key: string, options: GetOptions): AsyncGenerator<Uint8Array> {
    if (key.startsWith('data/')) this.#counts.requests += 1;
    for await (const part of super.get(key, options)) {
      if (key.startsWith('data/')) this.#counts.bytes += part.byteLength;
      yield part;
    }
  }
}

const files = new Map([
  ...Array.from({ length: 60 }, (_, i) => [`folder/small ${i}`, seededBytes(i, 60_000)] as const),
  ['large', seededBytes(99, 3_000_000)] as const,
]);

const repository = async () => {
  const store: MemoryStore = new Map();
  const counting: Counts = { requests: 0, bytes: 0 };
  const { pipeline } = testPipeline({
    sources: { files: () => mapSource(() => files) },
    destinations: { only: () => new Counting(new MemoryDestination({ store }), counting) },
  });
  await init(pipeline);
  await run(pipeline);
  return { pipeline, counting };
};

/** What reading one file costs, packs alone. */
const cost = async (path: string, sparing: boolean): Promise<{ requests: number; bytes: number; content: Buffer }> => {
  const { pipeline, counting } = await repository();
  await using session = await Session.open(pipeline, { lock: 'read', sparing });
  Object.assign(counting, { requests: 0, bytes: 0 });
  const [snapshot] = session.snapshots;
  if (!snapshot) throw new Error('no snapshot');
  const reader = session.reader(snapshot);
  const node = await reader.node(bytesFromText(path));
  if (!node) throw new Error('no node');
  const content = await collect(reader.read(node, { signal: pipeline.signal }));
  return { requests: counting.requests, bytes: counting.bytes, content };
};

it('reads a small file among many others with little more than its own bytes', async () => {
  const sparing = await cost('folder/small 30', true);
  expect(sparing.content.equals(seededBytes(30, 60_000))).toBe(true);
  expect(sparing.bytes).toBeLessThan(60_000 + 80_000);
  expect((await cost('folder/small 30', false)).bytes).toBeGreaterThan(1.5 * sparing.bytes);
});

it('reads a large file in few requests all the same', async () => {
  const { bytes, content, requests } = await cost('large', true);
  expect(content.equals(seededBytes(99, 3_000_000))).toBe(true);
  expect(bytes).toBeLessThan(3_000_000 * 1.05);
  expect(requests).toBeLessThanOrEqual(6);
});
