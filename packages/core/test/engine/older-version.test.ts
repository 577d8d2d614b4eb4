import { describe, expect, it } from 'vitest';
import { type Body, bodyOf, collect } from '../../src/body.ts';
import type { ObjectInfo, PutOptions } from '../../src/destination/destination.ts';
import { ForwardingDestination } from '../../src/destination/forwarding.ts';
import { check } from '../../src/run/check.ts';
import { heal } from '../../src/run/heal.ts';
import type { Pipeline } from '../../src/run/pipeline.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { init, mapSource, readBack, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

/** Keeps what it had, as a bucket with versions does. */
class HidingDestination extends ForwardingDestination {
  readonly #hidden: Map<string, Buffer[]>;

  constructor(store: MemoryStore, hidden: Map<string, Buffer[]>) {
    super(new MemoryDestination({ store }));
    this.#hidden = hidden;
  }

  override async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    this.#hidden.set(key, [await collect(body.open()), ...(this.#hidden.get(key) ?? [])]);
    return super.put(key, body, options);
  }

  override async *versions(key: string): AsyncIterable<Body> {
    for (const content of this.#hidden.get(key) ?? []) yield bodyOf(content);
  }
}

const content = seededBytes(1, 900_000);

const damaged = async (harm: (store: MemoryStore, key: string) => void): Promise<Pipeline> => {
  const [store, hidden]: [MemoryStore, Map<string, Buffer[]>] = [new Map(), new Map()];
  const { pipeline } = testPipeline({
    sources: { files: () => mapSource(() => new Map([['file', content]])) },
    destinations: { only: () => new HidingDestination(store, hidden) },
  });
  await init(pipeline);
  await run(pipeline);
  for (const key of [...store.keys()].filter((name) => name.startsWith('data/'))) {
    harm(store, key);
    // The newest that it has is what it shows.
    hidden.set(key, [Buffer.from('nonsense'), ...(hidden.get(key) ?? [])]);
  }
  return pipeline;
};

const harms = {
  deleted: (store: MemoryStore, key: string): void => void store.delete(key),
  overwritten: (store: MemoryStore, key: string): void => {
    const object = store.get(key);
    if (object !== undefined) store.set(key, { ...object, content: Buffer.from('nonsense') });
  },
};

describe.each(Object.entries(harms))('a pack that was %s where older versions are kept', (_, harm) => {
  it('is restored from', async () => {
    const pipeline = await damaged(harm);
    expect((await readBack(pipeline, 'only')).get('file')?.equals(content)).toBe(true);
  });

  it('is healed, although no other replica has it', async () => {
    const pipeline = await damaged(harm);
    const look = async () => (await check(pipeline, { readData: 'all', random: () => 0 })).map(({ status }) => status);
    expect(await look()).toEqual(['damaged']);
    // The source has nothing to add.
    const alone = { ...pipeline, sources: [] };
    expect(await heal(alone, { dryRun: false })).toMatchObject([{ status: 'healed', left: [] }]);
    expect(await look()).toEqual(['whole']);
  });
});
