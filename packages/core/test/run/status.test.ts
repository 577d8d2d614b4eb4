import { beforeEach, describe, expect, it } from 'vitest';
import { Catalog } from '../../src/catalog/catalog.ts';
import { BackupError } from '../../src/errors.ts';
import type { Pipeline } from '../../src/run/pipeline.ts';
import { pipelineStatus, type PipelineStatus } from '../../src/run/status.ts';
import { forget } from '../../src/run/forget.ts';
import { heal } from '../../src/run/heal.ts';
import { sync } from '../../src/run/sync.ts';
import { FakeClock, MemoryDestination, type MemoryStore, hastyClock } from '../../src/testing/index.ts';
import { init, mapSource, run, testPipeline } from '../kit/repository.ts';

const day = 86_400_000;

let clock: FakeClock;
let pipeline: Pipeline;
let away: boolean;
let files: Map<string, Uint8Array>;
let freeBytes: number;
let stores: MemoryStore[];

class Disk extends MemoryDestination {
  space(): Promise<{ freeBytes: number; totalBytes: number }> {
    return Promise.resolve({ freeBytes, totalBytes: 2 ** 40 });
  }
}

beforeEach(async () => {
  clock = new FakeClock('2026-01-01T00:00:00Z');
  away = false;
  freeBytes = 100 * 2 ** 30;
  files = new Map([['a', Buffer.from('first')]]);
  stores = [new Map(), new Map()];
  const made = testPipeline({
    sources: { docs: () => mapSource(() => files) },
    destinations: {
      disk: () => {
        if (away) throw new BackupError('UNAVAILABLE', 'not plugged in');
        return new MemoryDestination({ store: stores[0]! });
      },
      cloud: () => new Disk({ store: stores[1]! }),
    },
    removable: ['disk'],
    clock: hastyClock(clock),
    catalog: new Catalog(':memory:'),
  }).pipeline;
  const destinations = made.destinations.map((one) =>
    one.name === 'disk' ? { ...one, expectedMs: 30 * day } : { ...one, offsite: true, media: 'cloud' as const },
  );
  pipeline = { ...made, destinations };
  await init(pipeline);
  await run(pipeline);
});

/** The verdict, what the disk is, and what is missing with its mending. */
const verdict = ({ coverage, destinations }: PipelineStatus): unknown[] => [
  coverage.verdict,
  destinations[0]?.state,
  ...coverage.missing.map(({ what, mend }) => `${what} → ${mend}`),
];

describe('a disk that rotates', () => {
  it('is as it should be while it is away, whatever it misses, and late after its time', async () => {
    expect(verdict(await pipelineStatus(pipeline))).toEqual(['kept', 'current']);
    away = true;
    clock.set(new Date(clock.now().getTime() + 29 * day));
    expect(verdict(await pipelineStatus(pipeline))).toEqual(['kept', 'away']);
    files = new Map([['a', Buffer.from('second')]]);
    await run(pipeline);
    expect(verdict(await pipelineStatus(pipeline))).toEqual(['kept', 'away']);
    clock.set(new Date(clock.now().getTime() + 2 * day));
    expect(verdict(await pipelineStatus(pipeline))).toEqual([
      'short',
      'away',
      '"disk" was not here for too long → connect it and run triplicate sync disk',
    ]);
    away = false;
    expect(verdict(await pipelineStatus(pipeline))).toEqual([
      'short',
      'behind',
      '"disk" is behind by a snapshot → triplicate sync disk',
    ]);
    await sync(pipeline, { dryRun: false });
    expect(verdict(await pipelineStatus(pipeline))).toEqual(['kept', 'current']);
  });
});

it('a disk that was there when its repository was made is not late the next day', async () => {
  const store: MemoryStore = new Map();
  const destinations = pipeline.destinations.map((one) =>
    one.name === 'disk' ? { ...one, name: 'new', open: () => Promise.resolve(new MemoryDestination({ store })) } : one,
  );
  await init({ ...pipeline, destinations });
  clock.set(new Date(clock.now().getTime() + day));
  const gone = { open: () => Promise.reject(new BackupError('UNAVAILABLE', 'not plugged in')) };
  const later = destinations.map((one) => (one.name === 'new' ? { ...one, ...gone } : one));
  expect(verdict(await pipelineStatus({ ...pipeline, destinations: later }))).toEqual([
    'short',
    'away',
    '"new" was away when the newest snapshots were made → connect it and run triplicate sync new',
  ]);
});

it('a destination whose config is damaged is told as damaged, with what mends it, and not as out of reach', async () => {
  const config = stores[1]?.get('config');
  if (!config) throw new Error('no config');
  stores[1]?.set('config', { ...config, content: Buffer.from(config.content).fill(0, 20, 30) });
  const { coverage } = await pipelineStatus(pipeline);
  expect(coverage.errors).toBe(1);
  expect(coverage.missing[0]).toEqual({ what: '"cloud" is damaged', mend: 'triplicate heal cloud' });
  await heal(pipeline, { dryRun: false });
  expect((await pipelineStatus(pipeline)).coverage).toMatchObject({ verdict: 'kept', errors: 0 });
});

it('a replica that was made anew was never proven to restore, and its room is not that of the one before', async () => {
  const { catalog } = pipeline;
  const now = clock.now().getTime();
  for (const destination of ['disk', 'cloud']) {
    catalog?.addProof({ destination, at: now, passed: true, files: 20, bytes: 1000, problems: [] });
    for (const ago of [20, 10, 1])
      catalog?.addSpace(destination, { at: now - ago * day, freeBytes: ago * 50 * 2 ** 30 });
  }
  freeBytes = 30 * 2 ** 30;
  expect((await pipelineStatus(pipeline)).destinations[1]).toMatchObject({
    lastProof: { passed: true },
    fullAt: expect.any(Date),
  });
  stores[1]?.clear();
  await init(pipeline);
  await sync(pipeline, { dryRun: false });
  const [disk, cloud] = (await pipelineStatus(pipeline)).destinations;
  expect(disk?.lastProof).toMatchObject({ passed: true });
  expect(cloud?.lastProof).toBeUndefined();
  expect(cloud?.fullAt).toBeUndefined();
});

it('a disk that was seen by a clock that was wrong is late, for nobody knows when it was here', async () => {
  const right = clock.now();
  clock.set(new Date(right.getTime() + 400 * day));
  await pipelineStatus(pipeline);
  clock.set(right);
  away = true;
  expect((await pipelineStatus(pipeline)).destinations[0]).toMatchObject({ state: 'away', overdue: true });
});

describe('a disk that rotates and counts no more', () => {
  const lacking = [
    'short',
    'away',
    '"disk" was away when the newest snapshots were made → connect it and run triplicate sync disk',
  ];
  const withoutDisk = (): Promise<PipelineStatus> => {
    away = true;
    return pipelineStatus(pipeline);
  };
  const runAhead = async (): Promise<void> => {
    clock.set(new Date(clock.now().getTime() + day));
    files = new Map([['a', Buffer.from('second')]]);
    await run(pipeline);
  };

  it('was behind already when it was seen last', async () => {
    away = true;
    await runAhead();
    away = false;
    clock.set(new Date(clock.now().getTime() + day));
    await pipelineStatus(pipeline);
    expect(verdict(await withoutDisk())).toEqual(lacking);
  });

  it('never had one of the sources', async () => {
    away = true;
    const [docs] = pipeline.sources;
    pipeline = { ...pipeline, sources: [...pipeline.sources, { ...docs!, name: 'new' }] };
    await runAhead();
    expect(verdict(await withoutDisk())).toEqual(lacking);
  });

  it('may be away for a time that nobody told', async () => {
    away = true;
    pipeline = { ...pipeline, destinations: pipeline.destinations.map((one) => ({ ...one, expectedMs: undefined })) };
    await runAhead();
    expect(verdict(await withoutDisk())).toEqual(lacking);
  });

  it('counts with what the others have dropped since, and with what a sync brought', async () => {
    away = true;
    await runAhead();
    away = false;
    await sync(pipeline, { dryRun: false });
    away = true;
    await runAhead();
    const { snapshots } = await pipelineStatus(pipeline).then(({ sources: [docs] }) => docs!);
    expect(snapshots).toBe(3);
    await forget(pipeline, { policy: { last: 1 }, dryRun: false });
    expect(verdict(await withoutDisk())).toEqual(['kept', 'away']);
  });
});

describe('while every disk is away', () => {
  it('each is as it should be, told for its own reason, and the last snapshot is what is remembered', async () => {
    const gone = (name: string) => () =>
      Promise.reject(new BackupError('UNAVAILABLE', `there is no folder /media/${name}`));
    const destinations = pipeline.destinations.map((one) => ({ ...one, removable: true, open: gone(one.name) }));
    const { sources, ...status } = await pipelineStatus({
      ...pipeline,
      destinations,
      promises: { snapshotMs: 2 * day },
    });
    expect(verdict({ sources, ...status })).toEqual(['kept', 'away']);
    expect(status.destinations.map(({ state, error }) => [state, error?.message])).toEqual([
      ['away', 'there is no folder /media/disk'],
      ['away', 'there is no folder /media/cloud'],
    ]);
    expect(sources).toMatchObject([{ source: 'docs', last: { id: expect.any(String) as string }, on: [] }]);
    await pipeline.state.change((content) => ({ ...content, latest: {} }));
    const { coverage } = await pipelineStatus({ ...pipeline, destinations, promises: { snapshotMs: 2 * day } });
    expect(coverage.missing.map(({ what }) => what)).not.toContain('"docs" was never backed up');
  });
});

describe('a source that has no snapshot yet', () => {
  it('is told by itself, and no destination as behind', async () => {
    const [docs] = pipeline.sources;
    const status = await pipelineStatus({ ...pipeline, sources: [...pipeline.sources, { ...docs!, name: 'new' }] });
    expect(verdict(status)).toEqual(['short', 'current', '"new" was never backed up → triplicate backup new']);
  });
});

describe('room', () => {
  it('runs out on the day that the last weeks point to, and is told when it is soon', async () => {
    const gibAWeek = async (gib: number, weeks: number): Promise<PipelineStatus> => {
      let status = await pipelineStatus(pipeline);
      for (let week = 0; week < weeks; week += 1) {
        clock.set(new Date(clock.now().getTime() + 7 * day));
        freeBytes -= gib * 2 ** 30;
        status = await pipelineStatus(pipeline);
      }
      return status;
    };
    const slow = await gibAWeek(1, 4);
    // 96 GiB are left, one goes each week.
    expect(slow.destinations[1]?.fullAt?.toISOString().slice(0, 10)).toBe('2027-12-02');
    expect(slow.coverage.missing).toEqual([]);
    const quick = await gibAWeek(11, 6);
    expect(quick.coverage.verdict).toBe('kept');
    expect(quick.coverage.missing).toEqual([
      {
        what: '"cloud" will be full in 28 days',
        mend: 'get a larger place, or keep fewer snapshots there with `retain`',
      },
    ]);
  });
});
