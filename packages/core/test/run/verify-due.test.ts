import { describe, expect, it } from 'vitest';
import { Catalog } from '../../src/catalog/catalog.ts';
import { check } from '../../src/run/check.ts';
import type { Pipeline } from '../../src/run/pipeline.ts';
import { MemoryState } from '../../src/run/pipeline-state.ts';
import { pipelineStatus } from '../../src/run/status.ts';
import { verifyDue } from '../../src/run/verify-due.ts';
import {
  FakeClock,
  MemoryDestination,
  seededInteger,
  seededRandom,
  type MemoryStore,
  hastyClock,
} from '../../src/testing/index.ts';
import { init, mapSource, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

const day = 86_400_000;
const names = ['a', 'b', 'c'] as const;

const createWorld = async (): Promise<{
  stores: Record<string, MemoryStore>;
  clock: FakeClock;
  pipeline: () => Pipeline;
}> => {
  const stores: Record<string, MemoryStore> = { a: new Map(), b: new Map(), c: new Map() };
  const clock = new FakeClock();
  const state = new MemoryState();
  const catalog = new Catalog(':memory:');
  const files = new Map(Array.from({ length: 40 }, (_, i) => [`file ${i}`, seededBytes(i, 60_000)]));
  const pipeline = (): Pipeline =>
    testPipeline({
      sources: { docs: () => mapSource(() => files) },
      destinations: Object.fromEntries(
        names.map((name) => [name, () => new MemoryDestination({ store: stores[name] ?? new Map(), clock })]),
      ),
      clock: hastyClock(clock),
      state,
      catalog,
      packBytes: 128 * 1024,
    }).pipeline;
  await init(pipeline());
  await run(pipeline());
  return { stores, clock, pipeline };
};

const packsOf = (store: MemoryStore | undefined): string[] =>
  [...(store ?? new Map<string, never>()).keys()].filter((key) => key.startsWith('data/'));

/** A bit, the end, all of it, or another pack in its place. */
const rot = (store: MemoryStore, key: string, random: () => number): void => {
  const object = store.get(key);
  if (!object) return;
  const content = Buffer.from(object.content);
  const lot = seededInteger(random, 0, 3);
  if (lot === 0) content[seededInteger(random, 0, content.byteLength - 1)]! ^= 1;
  if (lot === 1)
    return void store.set(key, {
      ...object,
      content: content.subarray(0, seededInteger(random, 0, content.byteLength - 1)),
    });
  if (lot === 2) return void store.delete(key);
  const [other] = packsOf(store).filter((name) => name !== key);
  const swapped = lot === 3 ? store.get(other ?? '')?.content : content;
  store.set(key, { ...object, content: swapped ?? content });
};

describe('verification that adds up', () => {
  it('reads everything within its period, finds every damage, and mends it from the siblings', async () => {
    const { stores, clock, pipeline } = await createWorld();
    const random = seededRandom(5);
    const packs = packsOf(stores['a']);
    expect(packs.length).toBeGreaterThan(12);
    const total = packs.reduce((sum, key) => sum + (stores['a']?.get(key)?.content.byteLength ?? 0), 0);
    const damaged: string[] = [];
    // Each pack stays whole on one of the three at least.
    for (const [i, key] of packs.entries()) {
      const name = names[i % 3] ?? 'a';
      rot(stores[name] ?? new Map(), key, random);
      damaged.push(`${name} ${key.slice(8)}`);
    }
    const found: string[] = [];
    const readEachDay: number[] = [];
    for (let today = 0; today < 3; today += 1) {
      const results = await verifyDue(pipeline(), { withinMs: 3 * day, untilNextMs: day });
      for (const { destination, found: errors, status, left } of results) {
        found.push(...errors.map(({ id }) => `${destination} ${id}`));
        expect(status).toBe(errors.length > 0 ? 'healed' : 'whole');
        expect(left).toEqual([]);
      }
      readEachDay.push(results.reduce((sum, { bytesRead }) => sum + bytesRead, 0));
      clock.set(new Date(clock.now().getTime() + day));
    }
    expect([...new Set(found)].toSorted()).toEqual(damaged.toSorted());
    // About a third of everything on the first day.
    expect((readEachDay[0] ?? 0) / (3 * total)).toBeLessThan(0.45);
    const promised = async (): Promise<string[]> => {
      const { coverage } = await pipelineStatus({ ...pipeline(), promises: { verifyWithinMs: 3 * day } });
      return coverage.missing.map(({ what }) => what).filter((what) => what.includes('not read'));
    };
    expect(await promised()).toEqual([]);
    clock.set(new Date(clock.now().getTime() + 4 * day));
    expect(await promised()).toHaveLength(3);
    const whole = await check(pipeline(), { readData: 'all', random: () => 0 });
    expect(whole.map(({ status }) => status)).toEqual(['whole', 'whole', 'whole']);
  });

  it('reads everything within its period after a day on which the clock was years ahead', async () => {
    const { clock, stores, pipeline } = await createWorld();
    const right = clock.now().getTime();
    clock.set(new Date(right + 800 * day));
    await verifyDue(pipeline(), { withinMs: day, untilNextMs: day });
    clock.set(new Date(right + day));
    const [pack = ''] = packsOf(stores['a']).toSorted().slice(-1);
    const object = stores['a']?.get(pack);
    if (object) stores['a']?.set(pack, { ...object, content: Buffer.alloc(object.content.byteLength) });
    let found = 0;
    for (let i = 0; i < 11; i += 1) {
      for (const one of await verifyDue(pipeline(), { withinMs: 10 * day, untilNextMs: day }))
        found += one.found.length;
      clock.set(new Date(clock.now().getTime() + day));
    }
    expect(found).toBeGreaterThan(0);
  });

  it('tells a snapshot that is damaged as damaged, and not as gone', async () => {
    const { stores, pipeline } = await createWorld();
    const key = [...(stores['a']?.keys() ?? [])].find((one) => one.startsWith('snapshots/')) ?? '';
    const object = stores['a']?.get(key);
    if (object) stores['a']?.set(key, { ...object, content: Buffer.from(object.content).fill(0, 20, 30) });
    const [result] = await verifyDue(pipeline(), { withinMs: 30 * day, untilNextMs: day });
    expect(result).toMatchObject({ destination: 'a', status: 'healed' });
    expect(result?.found.map(({ message }) => message)).toEqual([expect.stringContaining('is damaged') as string]);
  });

  it('finds that a snapshot is gone which was damaged before, while others were brought elsewhere, and mended', async () => {
    const { stores, clock, pipeline } = await createWorld();
    clock.set(new Date(clock.now().getTime() + day));
    await run(pipeline());
    const [first = '', second = ''] = [...(stores['a']?.keys() ?? [])].filter((key) => key.startsWith('snapshots/'));
    const verify = async (): Promise<readonly (readonly [string, string, readonly string[]])[]> =>
      (await verifyDue(pipeline(), { withinMs: 7 * day, untilNextMs: day })).map(
        ({ destination, found, status }) => [destination, status, found.map(({ id }) => `snapshots/${id}`)] as const,
      );
    // What is gone from one is brought by a sync, which lists the damaged one of the other as well.
    stores['a']?.delete(first);
    const object = stores['c']?.get(second);
    if (object) stores['c']?.set(second, { ...object, content: object.content.subarray(0, 20) });
    const whole = (name: string): readonly [string, string, readonly string[]] => [name, 'whole', []];
    expect(await verify()).toEqual([['a', 'healed', [first]], whole('b'), ['c', 'healed', [second]]]);
    stores['c']?.delete(second);
    expect(await verify()).toEqual([whole('a'), whole('b'), ['c', 'healed', [second]]]);
    expect(stores['c']?.has(second)).toBe(true);
  });

  it('says what nobody can mend', async () => {
    const { stores, pipeline } = await createWorld();
    const [key = ''] = packsOf(stores['a']);
    for (const name of names) stores[name]?.delete(key);
    const [result] = await verifyDue(pipeline(), { withinMs: day, untilNextMs: day, only: new Set(['a']) });
    expect(result).toMatchObject({ destination: 'a', status: 'damaged' });
    expect(result?.found[0]).toMatchObject({ kind: 'pack', id: key.slice(8) });
    // By the files that are lost, since the pack is named no more.
    expect(result?.left.map(({ kind }) => kind)).toContain('blob');
    expect(result?.left[0]?.message).toMatch(/^"\/file \d+" in snapshot [0-9a-f]{8} lacks blob/);
    expect(await pipeline().state.read()).toMatchObject({ checks: { a: { whole: false } } });
  });
});
