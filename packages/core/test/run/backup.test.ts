import { describe, expect, it } from 'vitest';
import { BackupError } from '../../src/errors.ts';
import type { Outcome } from '../../src/events.ts';
import { sync } from '../../src/run/sync.ts';
import { check } from '../../src/run/check.ts';
import { ForwardingDestination } from '../../src/destination/forwarding.ts';
import { MemoryDestination } from '../../src/testing/index.ts';
import type { Body } from '../../src/body.ts';
import type { ObjectInfo, PutOptions } from '../../src/destination/destination.ts';
import { init, mapSource, readBack, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

const statuses = (outcomes: readonly Outcome[]): Record<string, string> =>
  Object.fromEntries(outcomes.map(({ destination, status }) => [destination, status]));

const names = (memory: MemoryDestination, prefix: string): string[] =>
  [...memory.store.keys()].filter((key) => key.startsWith(prefix)).toSorted();

/** Puts fail, hang or crawl as long as `broken` says so. */
interface Mood {
  broken: 'no' | 'fails' | 'hangs' | 'hangs at once' | 'slow';
}
class Breakable extends ForwardingDestination {
  readonly #mood: Mood;

  constructor(inner: MemoryDestination, mood: Mood) {
    super(inner);
    this.#mood = mood;
  }

  override async put(key: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    // Locks are taken before the run: what is tested here breaks afterwards.
    if (key.startsWith('locks/') && this.#mood.broken !== 'hangs at once') return super.put(key, body, options);
    if (this.#mood.broken === 'fails') throw new BackupError('QUOTA_EXCEEDED', 'no space left');
    if (this.#mood.broken.startsWith('hangs')) {
      return await new Promise((_resolve, reject) => {
        options.signal.addEventListener('abort', () => reject(options.signal.reason as Error), { once: true });
      });
    }
    if (this.#mood.broken === 'slow') await new Promise((resolve) => setTimeout(resolve, 400));
    return super.put(key, body, options);
  }
}

/** Another connection to the same store. */
const reopen = ({ label, store }: MemoryDestination): MemoryDestination => new MemoryDestination({ label, store });

interface Places {
  readonly a: MemoryDestination;
  readonly b: MemoryDestination;
  readonly c: MemoryDestination;
  /** How `openC` behaves. */
  readonly mood: Mood;
  readonly openC: () => Breakable;
}

const threePlaces = (): Places => {
  const c = new MemoryDestination({ label: 'c' });
  const mood: Mood = { broken: 'no' };
  const openC = (): Breakable => new Breakable(reopen(c), mood);
  return { a: new MemoryDestination({ label: 'a' }), b: new MemoryDestination({ label: 'b' }), c, mood, openC };
};

/** Incompressible and long enough that the buffers do not hold it all. */
const large = (seed: number, count = 16): Map<string, Uint8Array> =>
  new Map(Array.from({ length: count }, (_, i) => [`folder${i % 3}/file${i}`, seededBytes(seed + i, 700_000)]));

const expectSame = (back: ReadonlyMap<string, Buffer>, files: ReadonlyMap<string, Uint8Array>): void => {
  expect([...back.keys()].toSorted()).toEqual([...files.keys()].toSorted());
  expect([...files].filter(([path, bytes]) => back.get(path)?.equals(bytes) !== true).map(([path]) => path)).toEqual(
    [],
  );
};

describe('a backup to three destinations', () => {
  it('gives each the same packs, index and snapshot, and each restores alone', async () => {
    const { a, b, c } = threePlaces();
    const files = new Map([
      ['empty', new Uint8Array(0)],
      ['a/text', Buffer.from('hello '.repeat(50_000))],
      ['a/b/random', seededBytes(1, 1_000_000)],
      ['a/b/again', seededBytes(1, 1_000_000)],
    ]);
    const { pipeline } = testPipeline({
      sources: { files: () => mapSource(() => files) },
      destinations: { a: () => reopen(a), b: () => reopen(b), c: () => reopen(c) },
    });
    await init(pipeline);
    const report = await run(pipeline);
    expect(statuses(report.outcomes)).toEqual({ a: 'stored', b: 'stored', c: 'stored' });
    expect(report.quorumHeld).toBe(true);
    for (const kind of ['data/', 'index/', 'snapshots/']) {
      expect(names(b, kind)).toEqual(names(a, kind));
      expect(names(c, kind)).toEqual(names(a, kind));
    }
    for (const name of ['a', 'b', 'c']) {
      const back = await readBack(pipeline, name);
      expectSame(back, files);
    }
  });

  it('stores nothing but a snapshot when nothing changed', async () => {
    const { a } = threePlaces();
    const files = large(10, 3);
    const source = mapSource(() => files);
    const { pipeline } = testPipeline({ sources: { files: () => source }, destinations: { a: () => reopen(a) } });
    await init(pipeline);
    await run(pipeline);
    const before = new Set(a.store.keys());
    const report = await run(pipeline);
    const fresh = [...a.store.keys()].filter((key) => !before.has(key));
    expect(fresh).toHaveLength(1);
    expect(fresh[0]).toMatch(/^snapshots\//);
    expect(report.sources[0]?.captured?.counts).toMatchObject({ filesUnmodified: 3, filesNew: 0, dataAdded: 0 });
  });
});

describe('a destination that cannot take part', () => {
  it('fails alone, and sync completes it later', async () => {
    const { a, b, mood, openC } = threePlaces();
    const { pipeline } = testPipeline({
      sources: { files: () => mapSource(() => large(100, 6)) },
      destinations: { a: () => reopen(a), b: () => reopen(b), c: openC },
      quorum: 2,
    });
    await init(pipeline);
    mood.broken = 'fails';
    const report = await run(pipeline);
    expect(statuses(report.outcomes)).toEqual({ a: 'stored', b: 'stored', c: 'failed' });
    expect(report.outcomes.find(({ destination }) => destination === 'c')?.error?.code).toBe('QUOTA_EXCEEDED');
    expect(report.quorumHeld).toBe(true);
    mood.broken = 'no';
    const results = await sync(pipeline, { dryRun: false });
    expect(results.map(({ destination, status, snapshots }) => [destination, status, snapshots])).toEqual([
      ['a', 'synced', 0],
      ['b', 'synced', 0],
      ['c', 'synced', 1],
    ]);
    const back = await readBack(pipeline, 'c');
    expect(back.get('folder0/file0')?.equals(seededBytes(100, 700_000))).toBe(true);
  });

  it('misses the quorum when too few are left', async () => {
    const { a, mood, openC } = threePlaces();
    const { pipeline } = testPipeline({
      sources: { files: () => mapSource(() => large(120, 2)) },
      destinations: { a: () => reopen(a), c: openC },
      quorum: 2,
    });
    await init(pipeline);
    mood.broken = 'fails';
    const report = await run(pipeline);
    expect(report.quorumHeld).toBe(false);
    expect(statuses(report.outcomes)).toEqual({ a: 'stored', c: 'failed' });
  });

  it.each(['hangs', 'hangs at once'] as const)('is given up when it %s, and holds nobody', async (broken) => {
    const { a, mood, openC } = threePlaces();
    const { pipeline } = testPipeline({
      sources: { files: () => mapSource(() => large(140)) },
      destinations: { a: () => reopen(a), c: openC },
      patienceMs: 1500,
    });
    await init(pipeline);
    mood.broken = broken;
    const report = await run(pipeline);
    expect(statuses(report.outcomes)).toEqual({ a: 'stored', c: 'failed' });
    expect(report.outcomes.find(({ destination }) => destination === 'c')?.error?.code).toBe('UNAVAILABLE');
  });

  it('catches up by copying from a sibling when it is only slow', async () => {
    const { a, mood, openC } = threePlaces();
    const { pipeline } = testPipeline({
      sources: { files: () => mapSource(() => large(160)) },
      destinations: { a: () => reopen(a), c: openC },
    });
    await init(pipeline);
    mood.broken = 'slow';
    const report = await run(pipeline);
    expect(statuses(report.outcomes)).toEqual({ a: 'stored', c: 'stored' });
    const results = await check(pipeline, { readData: 'all', random: Math.random });
    expect(results.map(({ status }) => status)).toEqual(['whole', 'whole']);
  });

  it('ends the run when it was the only one', async () => {
    const { mood, openC } = threePlaces();
    const { pipeline } = testPipeline({
      sources: { files: () => mapSource(() => large(180)) },
      destinations: { c: openC },
    });
    await init(pipeline);
    mood.broken = 'fails';
    const report = await run(pipeline);
    expect(statuses(report.outcomes)).toEqual({ c: 'failed' });
    expect(report.quorumHeld).toBe(false);
  });
});

describe('what is known', () => {
  it('is asked of each lane: a replica that was away gets what the sibling has, not less', async () => {
    const { a, b } = threePlaces();
    const files = new Map(large(200, 3));
    let away = false;
    const open = (): MemoryDestination => {
      if (away) throw new BackupError('UNAVAILABLE', 'not there');
      return reopen(b);
    };
    const source = mapSource(() => files);
    const { pipeline } = testPipeline({
      sources: { files: () => source },
      destinations: { a: () => reopen(a), b: open },
    });
    await init(pipeline);
    away = true;
    await run(pipeline);
    away = false;
    files.set('more', seededBytes(999, 300_000));
    const report = await run(pipeline);
    expect(statuses(report.outcomes)).toEqual({ a: 'stored', b: 'stored' });
    const back = await readBack(pipeline, 'b');
    expectSame(back, files);
  });

  it('is read again when the only other holder is gone', async () => {
    const { a, b } = threePlaces();
    const files = large(220, 3);
    let aliveA = true;
    const openA = (): MemoryDestination => {
      if (!aliveA) throw new BackupError('UNAVAILABLE', 'not there');
      return reopen(a);
    };
    let aliveB = false;
    const openB = (): MemoryDestination => {
      if (!aliveB) throw new BackupError('UNAVAILABLE', 'not there');
      return reopen(b);
    };
    const source = mapSource(() => files);
    const { pipeline } = testPipeline({ sources: { files: () => source }, destinations: { a: openA, b: openB } });
    aliveB = true;
    await init(pipeline);
    aliveB = false;
    await run(pipeline);
    aliveA = false;
    aliveB = true;
    const report = await run(pipeline);
    expect(statuses(report.outcomes)).toEqual({ a: 'failed', b: 'stored' });
    expect((await readBack(pipeline, 'b')).size).toBe(3);
  });

  it('counts as added what the new blobs hold, and not the whole file that they are in', async () => {
    const a = new MemoryDestination({ label: 'a' });
    const bytes = seededBytes(8, 12_000_000);
    const files = new Map<string, Uint8Array>([['first', bytes]]);
    const source = mapSource(() => files);
    const { pipeline } = testPipeline({ sources: { files: () => source }, destinations: { a: () => reopen(a) } });
    await init(pipeline);
    const first = (await run(pipeline)).sources[0]?.captured?.counts;
    expect(first?.dataAdded).toBeGreaterThan(12_000_000);
    files.set('second', Buffer.concat([bytes, Buffer.from('x')]));
    const second = (await run(pipeline)).sources[0]?.captured?.counts;
    expect(second?.dataBlobs).toBe(1);
    expect(second?.dataAdded).toBeLessThan(1_000_000);
  });
});
