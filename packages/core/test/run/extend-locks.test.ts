import { describe, expect, it } from 'vitest';
import { Catalog } from '../../src/catalog/catalog.ts';
import type { KeepOptions } from '../../src/destination/destination.ts';
import { ForwardingDestination } from '../../src/destination/forwarding.ts';
import { BackupError } from '../../src/errors.ts';
import type { RunEvent } from '../../src/events.ts';
import { extendLocks } from '../../src/run/extend-locks.ts';
import { forget } from '../../src/run/forget.ts';
import { MemoryState } from '../../src/run/pipeline-state.ts';
import type { Pipeline } from '../../src/run/pipeline.ts';
import { sync } from '../../src/run/sync.ts';
import { FakeClock, hastyClock, MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { init, mapSource, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

const day = 86_400_000;
const period = 30 * day;

interface Watch {
  extended: string[];
  failure: Error | undefined;
  opened: number;
}

class Watched extends ForwardingDestination {
  readonly #watch: Watch;

  constructor(store: MemoryStore, clock: FakeClock, watch: Watch) {
    super(new MemoryDestination({ store, clock, keepMs: period }));
    this.#watch = watch;
    watch.opened += 1;
  }

  override async keepUntil(key: string, options: KeepOptions): Promise<void> {
    if (this.#watch.failure) throw this.#watch.failure;
    await super.keepUntil(key, options);
    this.#watch.extended.push(key);
  }
}

const createWorld = async () => {
  const store: MemoryStore = new Map();
  const clock = new FakeClock();
  const [state, catalog] = [new MemoryState(), new Catalog(':memory:')];
  const files = new Map(Array.from({ length: 10 }, (_, i) => [`file ${i}`, seededBytes(i, 60_000)]));
  const events: RunEvent[] = [];
  const watch: Watch = { extended: [], failure: undefined, opened: 0 };
  const pipeline = (periodMs: number | 'none' = period): Pipeline => {
    const immutableMs = periodMs === 'none' ? undefined : periodMs;
    const made = testPipeline({
      sources: { docs: () => mapSource(() => files) },
      destinations: { cloud: () => new Watched(store, clock, watch) },
      clock: hastyClock(clock),
      state,
      catalog,
      packBytes: 128 * 1024,
      emit: (event) => events.push(event),
    }).pipeline;
    return { ...made, destinations: made.destinations.map((one) => ({ ...one, immutableMs })) };
  };
  const isLasting = (key: string): boolean => /^(data|index|snapshots|keys|config)/.test(key);
  const world = {
    store,
    files,
    events,
    watch,
    pipeline,
    extensions: () => watch.extended.splice(0),
    nextDay: (days: number) => clock.set(new Date(clock.now().getTime() + days * day)),
    /** The days that are left to each object. */
    daysLeft: () =>
      new Map(
        [...store]
          .filter(([key]) => isLasting(key))
          .map(([key, { keptUntil = 0 }]) => [key, (keptUntil - clock.now().getTime()) / day]),
      ),
    warnings: () => events.splice(0).flatMap((event) => (event.type === 'warning' ? [event.error] : [])),
  };
  await init(pipeline());
  return world;
};

describe('the locks of what snapshots need', () => {
  it('never run out over two months of runs, most of which cost nothing', async () => {
    const world = await createWorld();
    let calls = 0;
    let idle = 0;
    for (let i = 0; i < 30; i += 1) {
      if (i % 6 === 0) world.files.set(`later ${i}`, seededBytes(1000 + i, 60_000));
      const opened = world.watch.opened;
      await run(world.pipeline());
      const extended = world.extensions();
      calls += extended.length;
      if (world.watch.opened === opened + 1) idle += 1;
      expect(Math.min(...world.daysLeft().values())).toBeGreaterThanOrEqual(15);
      world.nextDay(2);
    }
    expect(world.warnings()).toEqual([]);
    expect(idle).toBeGreaterThanOrEqual(20);
    // 60 days are four times half a period.
    expect(calls).toBeLessThan(world.daysLeft().size * 4);
  });

  it('do not run out after a day on which the clock was years ahead', async () => {
    const world = await createWorld();
    await run(world.pipeline());
    world.nextDay(800);
    await run(world.pipeline());
    world.nextDay(-799);
    for (let i = 0; i < 20; i += 1) {
      world.files.set(`later ${i}`, seededBytes(1000 + i, 60_000));
      await run(world.pipeline());
      expect(Math.min(...world.daysLeft().values())).toBeGreaterThanOrEqual(15);
      world.nextDay(2);
    }
  });

  it('run out for what no snapshot needs any more', async () => {
    const world = await createWorld();
    const first = (await run(world.pipeline())).sources[0]?.snapshot ?? '';
    const old = [...world.store.keys()].filter((key) => key.startsWith('data/'));
    for (const name of world.files.keys()) world.files.set(name, seededBytes(7000 + name.length, 50_000));
    world.files.set('file 0', seededBytes(9000, 400_000));
    await run(world.pipeline());
    await forget(world.pipeline(), { snapshots: [first], dryRun: false });
    world.nextDay(20);
    world.extensions();
    await run(world.pipeline());
    const extended = world.extensions();
    expect(extended).toContain('config');
    expect(extended.some((key) => key.startsWith('data/'))).toBe(true);
    expect(extended.filter((key) => old.includes(key))).toEqual([]);
  });

  it('are made where objects were written before `immutable` was set, or with a shorter time', async () => {
    const world = await createWorld();
    await run(world.pipeline('none'));
    for (const [key, object] of world.store) world.store.set(key, { ...object, keptUntil: 0 });
    world.nextDay(1);
    await run(world.pipeline());
    expect(Math.min(...world.daysLeft().values())).toBe(30);
    world.nextDay(1);
    await run(world.pipeline(90 * day));
    expect([...world.daysLeft().values()].filter((days) => days >= 90).length).toBeGreaterThan(5);
    expect(world.warnings()).toEqual([]);
  });

  it('are extended for every pack where it cannot be told what is needed, because something is damaged', async () => {
    const world = await createWorld();
    await run(world.pipeline());
    world.files.set('more', seededBytes(4711, 60_000));
    await run(world.pipeline());
    world.nextDay(16);
    for (const [key, object] of world.store)
      if (key.startsWith('data/')) world.store.set(key, { ...object, content: Buffer.alloc(object.content.length) });
    world.extensions();
    await extendLocks(world.pipeline(), ['cloud']);
    const packs = [...world.store.keys()].filter((key) => key.startsWith('data/'));
    expect(world.extensions()).toEqual(expect.arrayContaining([...packs, 'config']));
  });

  it('are extended by sync as well, and a bounded number in one run, the most urgent first', async () => {
    const world = await createWorld();
    await run(world.pipeline());
    world.extensions();
    world.nextDay(16);
    await extendLocks(world.pipeline(), ['cloud'], 4);
    expect(world.extensions()).toHaveLength(4);
    await sync(world.pipeline(), { dryRun: false });
    expect(world.extensions().length).toBeGreaterThan(4);
    expect(Math.min(...world.daysLeft().values())).toBe(30);
    await sync(world.pipeline(), { dryRun: false });
    expect(world.extensions()).toEqual([]);
  });

  it('that cannot be extended are a warning with what to do, and are tried again', async () => {
    const world = await createWorld();
    await run(world.pipeline());
    world.extensions();
    world.nextDay(16);
    world.watch.failure = new BackupError('AUTH', 'access denied');
    expect(await run(world.pipeline())).toMatchObject({ quorumHeld: true, outcomes: [{ status: 'stored' }] });
    expect(world.warnings()).toMatchObject([
      {
        code: 'AUTH',
        message: 'the locks of what snapshots need on "cloud" were not extended: access denied',
        hint: expect.stringContaining('s3:PutObjectRetention') as string,
      },
    ]);
    world.watch.failure = undefined;
    await run(world.pipeline());
    expect(world.warnings()).toEqual([]);
    expect(Math.min(...world.daysLeft().values())).toBe(30);
  });
});
