import { describe, expect, it } from 'vitest';
import { BackupError } from '../../src/errors.ts';
import type { BackupReport } from '../../src/run/backup.ts';
import { check } from '../../src/run/check.ts';
import { forget } from '../../src/run/forget.ts';
import { heal } from '../../src/run/heal.ts';
import type { Pipeline } from '../../src/run/pipeline.ts';
import { MemoryState } from '../../src/run/pipeline-state.ts';
import { prune, type PruneRequest } from '../../src/run/prune.ts';
import { Session } from '../../src/run/session.ts';
import { sync } from '../../src/run/sync.ts';
import type { Source } from '../../src/source/source.ts';
import {
  FakeClock,
  MemoryDestination,
  seededInteger,
  seededRandom,
  type MemoryStore,
} from '../../src/testing/index.ts';
import { init, mapSource, readBack, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

const hour = 3_600_000;

interface World {
  readonly stores: Readonly<Record<string, MemoryStore>>;
  readonly clock: FakeClock;
  files: Map<string, Uint8Array>;
  pipeline(names?: readonly string[]): Pipeline;
}

const createWorld = async (stores: Readonly<Record<string, MemoryStore>>, listLagMs = 0): Promise<World> => {
  const clock = new FakeClock();
  const state = new MemoryState();
  const world: World = {
    stores,
    clock,
    files: new Map(),
    pipeline: (names = Object.keys(stores)) =>
      testPipeline({
        sources: { docs: () => mapSource(() => world.files) },
        destinations: Object.fromEntries(
          names.map((name) => [
            name,
            () => new MemoryDestination({ store: stores[name] ?? new Map(), clock, listLagMs }),
          ]),
        ),
        clock: {
          now: () => clock.now(),
          sleep: async (until, options) => {
            const ms = until.getTime() - clock.now().getTime();
            if (ms > 10_000) return clock.sleep(until, options);
            clock.set(until);
          },
        },
        state,
        packBytes: 96 * 1024,
        host: { hostname: 'test', username: 'tester', uid: 0, gid: 0, pid: process.pid },
      }).pipeline,
  };
  await init(world.pipeline());
  clock.set(new Date(clock.now().getTime() + hour));
  return world;
};

/** Files come, go and change, as in a folder that is worked in. */
const churn = (files: Map<string, Uint8Array>, random: () => number): void => {
  for (let i = 0; i < 3; i += 1) {
    const seed = seededInteger(random, 1, 2 ** 30);
    files.set(`folder ${seed % 4}/file ${seed % 30}`, seededBytes(seed, seededInteger(random, 100, 60_000)));
  }
  const [first] = files.keys();
  if (first !== undefined && random() < 0.5) files.delete(first);
};

/** A run that has opened everything, and whose source waits. */
const beginRun = async (world: World): Promise<{ finish(): Promise<BackupReport> }> => {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const source = mapSource(() => world.files);
  const held: Source = {
    ...source,
    capture: async (builder, options) => {
      reached.resolve();
      await gate.promise;
      return source.capture(builder, options);
    },
  };
  const pipeline = { ...world.pipeline(), sources: [{ name: 'docs', open: async () => held }] };
  const report = run(pipeline);
  await Promise.race([reached.promise, report]);
  return {
    finish: () => {
      gate.resolve();
      return report;
    },
  };
};

const storedBytes = (store: MemoryStore | undefined): number =>
  [...(store ?? new Map<string, never>())]
    .filter(([key]) => key.startsWith('data/'))
    .reduce((sum, [, { content }]) => sum + content.byteLength, 0);

const take = (pipeline: Pipeline, request: Partial<PruneRequest> = {}) =>
  prune(pipeline, { dryRun: false, ...request });

const wrongWith = async (pipeline: Pipeline): Promise<string[]> =>
  (await check(pipeline, { readData: 'all', random: () => 0 })).flatMap(({ destination, errors, error, unused }) => [
    ...errors.map(({ message }) => `${destination}: ${message}`),
    ...(error ? [error.message] : []),
    ...(unused > 0 ? [`${destination}: ${unused} unused`] : []),
  ]);

class Full extends MemoryDestination {
  override put(...[key, body, options]: Parameters<MemoryDestination['put']>): ReturnType<MemoryDestination['put']> {
    if (key.startsWith('data/')) throw new BackupError('QUOTA_EXCEEDED', 'no space left');
    return super.put(key, body, options);
  }
}

describe('prune', () => {
  it('says on a full disk how what is not needed goes without anything packed anew, and does so', async () => {
    const world = await createWorld({ a: new Map() });
    const store = world.stores['a'] ?? new Map<string, never>();
    const small = Array.from({ length: 3 }, (_, i) => [`small-${i}`, seededBytes(i, 10_000)] as const);
    // Too few for an alarm of a sudden change, which would keep snapshots. One after the other, so that the small ones stand in one pack, of which one thread fills all.
    for (const more of [small, [...small, ['large', seededBytes(99, 300_000)] as const], small.slice(0, 1)]) {
      world.files = new Map(more);
      await run({ ...world.pipeline(), threads: 1 });
      world.clock.set(new Date(world.clock.now().getTime() + hour));
    }
    await forget(world.pipeline(), { policy: { last: 1 }, dryRun: false });
    const { clock } = world;
    const full = (): Pipeline => {
      const pipeline = world.pipeline();
      const open = () => Promise.resolve(new Full({ store, clock }));
      return { ...pipeline, destinations: pipeline.destinations.map((one) => ({ ...one, open })) };
    };
    const [failed] = await take(full(), { maxUnused: { bytes: 0 } });
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'QUOTA_EXCEEDED' } });
    expect(failed?.error?.hint).toContain('`triplicate prune a --max-unused unlimited`');
    const before = storedBytes(store);
    expect(await take(full(), { maxUnused: 'unlimited' })).toMatchObject([{ status: 'pruned' }]);
    expect(storedBytes(store)).toBeLessThan(before - 200_000);
    expect(await wrongWith(world.pipeline())).toEqual([]);
  });

  it('removes nothing when another program took its lock away meanwhile', async () => {
    const world = await createWorld({ a: new Map() });
    const store = world.stores['a'] ?? new Map<string, never>();
    world.files.set('one', seededBytes(1, 200_000));
    await run(world.pipeline());
    world.files = new Map([['two', seededBytes(2, 200_000)]]);
    world.clock.set(new Date(world.clock.now().getTime() + hour));
    await run(world.pipeline());
    await forget(world.pipeline(), { policy: { last: 1 }, dryRun: false });
    const kept = (): string[] => [...store.keys()].filter((key) => /^(?:data|index)\//.test(key)).toSorted();
    const before = kept();
    const onPlan = (): void => {
      for (const key of store.keys()) if (key.startsWith('locks/')) store.delete(key);
    };
    expect(await take(world.pipeline(), { onPlan })).toMatchObject([{ status: 'locked', error: { code: 'LOCKED' } }]);
    expect(kept()).toEqual(expect.arrayContaining(before));
    expect(await take(world.pipeline())).toMatchObject([{ status: 'pruned' }]);
    expect(kept()).not.toEqual(expect.arrayContaining(before));
  });

  it('leaves hardly more than a repository that only ever had the snapshots that stay', async () => {
    const world = await createWorld({ a: new Map(), b: new Map() });
    const random = seededRandom(11);
    const kept: Map<string, Uint8Array>[] = [];
    for (let i = 0; i < 9; i += 1) {
      churn(world.files, random);
      world.clock.set(new Date(world.clock.now().getTime() + hour));
      await run(world.pipeline());
      if (i >= 6) kept.push(new Map(world.files));
    }
    await forget(world.pipeline(), { policy: { last: 3 }, dryRun: false });
    const before = storedBytes(world.stores['a']);
    const [dry] = await take(world.pipeline(), { dryRun: true, only: new Set(['a']) });
    expect(storedBytes(world.stores['a'])).toBe(before);
    const results = await take(world.pipeline(), { only: new Set(['a']) });
    expect(results).toMatchObject([{ destination: 'a', status: 'pruned', plan: dry?.plan }]);
    const fresh = await createWorld({ a: new Map() });
    for (const files of kept) {
      fresh.files = files;
      await run(fresh.pipeline());
    }
    const after = storedBytes(world.stores['a']);
    expect(after).toBeLessThan(before * 0.8);
    expect(after / storedBytes(fresh.stores['a'])).toBeLessThan(1.05);
    expect(Math.abs(before - (dry?.plan?.freedBytes ?? 0) - after) / after).toBeLessThan(0.02);
    // Its sibling is as it was: deletions do not travel, and nothing that went comes back.
    expect(storedBytes(world.stores['b'])).toBe(before);
    await sync(world.pipeline(), { dryRun: false });
    expect(storedBytes(world.stores['a'])).toBe(after);
    expect(await wrongWith(world.pipeline(['a']))).toEqual([]);
    expect(await readBack(world.pipeline(), 'a')).toEqual(
      new Map([...(kept.at(-1) ?? [])].map(([name, bytes]) => [name, Buffer.from(bytes)])),
    );
    // Nothing is left to do.
    const objects = [...(world.stores['a'] ?? new Map()).keys()];
    expect(await take(world.pipeline(), { only: new Set(['a']), maxUnused: { percent: 5 } })).toMatchObject([
      { plan: { remove: { packs: 0 } } },
    ]);
    expect([...(world.stores['a'] ?? new Map()).keys()].filter((key) => !objects.includes(key))).toEqual([]);
    // And the next runs and mends work on as ever.
    churn(world.files, random);
    await run(world.pipeline());
    expect((await heal(world.pipeline(), { dryRun: false })).map(({ status }) => status)).toEqual(['whole', 'whole']);
  });

  it('refuses while something of a snapshot cannot be read, and removes nothing then', async () => {
    const world = await createWorld({ a: new Map() });
    const random = seededRandom(3);
    for (let i = 0; i < 3; i += 1) {
      churn(world.files, random);
      await run(world.pipeline());
    }
    const store: MemoryStore = world.stores['a'] ?? new Map();
    for (const prefix of ['index/', 'snapshots/', 'data/']) {
      const key = [...store.keys()].find((name) => name.startsWith(prefix)) ?? '';
      const object = store.get(key);
      store.delete(key);
      if (prefix !== 'data/' && object) store.set(key, { ...object, content: Buffer.from(object.content.subarray(1)) });
      const keys = [...store.keys()].toSorted();
      expect(await take(world.pipeline())).toMatchObject([
        { status: 'failed', error: { code: 'CORRUPT', hint: 'run `triplicate heal a` first; nothing was removed' } },
      ]);
      expect([...store.keys()].toSorted()).toEqual(keys);
      if (object) store.set(key, object);
    }
    expect(await take(world.pipeline())).toMatchObject([{ status: 'pruned' }]);
  });

  it('waits a day where listings lag, and keeps what came to be needed meanwhile', async () => {
    const world = await createWorld({ a: new Map() }, 1000);
    const store: MemoryStore = world.stores['a'] ?? new Map();
    const later = (ms: number): void => world.clock.set(new Date(world.clock.now().getTime() + ms));
    const again = seededBytes(1, 80_000);
    world.files = new Map([['a', again]]);
    await run(world.pipeline());
    later(hour);
    world.files = new Map([['b', seededBytes(2, 80_000)]]);
    await run(world.pipeline());
    later(hour);
    await forget(world.pipeline(), { policy: { last: 1 }, dryRun: false });
    later(hour);
    const packs = storedBytes(store);
    expect(await take(world.pipeline())).toMatchObject([{ status: 'marked', plan: { waits: true } }]);
    expect(storedBytes(store)).toBe(packs);
    later(23 * hour);
    expect(await take(world.pipeline())).toMatchObject([{ status: 'marked' }]);
    expect(storedBytes(store)).toBe(packs);
    // A run that takes one of the marked packs for known, as another machine would.
    world.files = new Map([['again', again]]);
    await run(world.pipeline());
    later(2 * hour);
    await take(world.pipeline());
    expect(await wrongWith(world.pipeline())).toEqual([]);
    expect((await readBack(world.pipeline(), 'a')).get('again')).toEqual(again);
    // With nobody who needs them the packs go in the end.
    await forget(world.pipeline(), { policy: { last: 1 }, dryRun: false });
    later(hour);
    await take(world.pipeline());
    later(25 * hour);
    expect(await take(world.pipeline())).toMatchObject([{ status: 'pruned' }]);
    expect(storedBytes(store)).toBeLessThan(packs * 0.75);
    expect([...store.keys()].filter((key) => key.startsWith('triplicate/prune/'))).toEqual([]);
    expect(await wrongWith(world.pipeline())).toEqual([]);
  });

  it('beside a run where listings lag sees its lock in time, or else leaves a day to what it takes for known', async () => {
    const world = await createWorld({ a: new Map() }, 1000);
    const store: MemoryStore = world.stores['a'] ?? new Map();
    const later = (ms: number): void => world.clock.set(new Date(world.clock.now().getTime() + ms));
    const again = seededBytes(1, 80_000);
    for (const files of [new Map([['a', again]]), new Map([['b', seededBytes(2, 80_000)]])]) {
      world.files = files;
      await run(world.pipeline());
      later(hour);
    }
    await forget(world.pipeline(), { policy: { last: 1 }, dryRun: false });
    later(hour);
    const other = { ...world.pipeline(), host: { ...world.pipeline().host, hostname: 'another', pid: 1 } };
    const packs = storedBytes(store);
    world.files = new Map([['again', again]]);
    const halfway = await beginRun(world);
    expect(await take(other)).toMatchObject([{ status: 'locked', error: { code: 'LOCKED' } }]);
    // Somebody takes the lock away while the run, which has read the index, goes on.
    for (const key of store.keys()) if (key.startsWith('locks/')) store.delete(key);
    expect(await take(other)).toMatchObject([
      { status: 'marked', plan: { remove: { packs: expect.any(Number) as number } } },
    ]);
    expect(await take(other)).toMatchObject([{ status: 'marked' }]);
    expect(storedBytes(store)).toBe(packs);
    expect((await halfway.finish()).quorumHeld).toBe(true);
    later(25 * hour);
    expect(await take(other)).toMatchObject([{ status: expect.stringMatching(/pruned|marked/) as string }]);
    expect(await wrongWith(world.pipeline())).toEqual([]);
    expect((await readBack(world.pipeline(), 'a')).get('again')).toEqual(again);
  });

  it('does not work beside a run, nor where nothing can be deleted', async () => {
    const world = await createWorld({ a: new Map() });
    await run(world.pipeline());
    {
      await using _ = await Session.open(world.pipeline(), { lock: 'shared' });
      expect(await take(world.pipeline())).toMatchObject([{ status: 'locked', error: { code: 'LOCKED' } }]);
    }
    const pipeline = world.pipeline();
    const readOnly = { ...pipeline, destinations: pipeline.destinations.map((one) => ({ ...one, readOnly: true })) };
    expect(await take(readOnly)).toMatchObject([{ status: 'skipped', error: { code: 'READ_ONLY' } }]);
  });
});
