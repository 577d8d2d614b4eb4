import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Destination, GetOptions, PutOptions } from '../../src/destination/destination.ts';
import { ForwardingDestination } from '../../src/destination/forwarding.ts';
import { wrapDestination } from '../../src/destination/wrap.ts';
import type { Body } from '../../src/body.ts';
import { systemClock } from '../../src/clock.ts';
import { BackupError } from '../../src/errors.ts';
import { Session } from '../../src/run/session.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { quietLog } from '../auth/kit.ts';
import { init, mapSource, readBack, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

class Watched extends ForwardingDestination {
  readonly #onPut: (key: string) => void;

  constructor(inner: Destination, onPut: (key: string) => void) {
    super(inner);
    this.#onPut = onPut;
  }

  override put(key: string, body: Body, options: PutOptions) {
    this.#onPut(key);
    return this.inner.put(key, body, options);
  }
}

interface Refusals {
  left: number;
  /** Told when none is left and it serves. */
  served: () => void;
}

/** Answers so many times that it cannot give its config. */
class Busy extends ForwardingDestination {
  readonly #busy: Refusals;

  constructor(inner: Destination, busy: Refusals) {
    super(inner);
    this.#busy = busy;
  }

  override get(key: string, options: GetOptions) {
    if (key !== 'config') return this.inner.get(key, options);
    if (this.#busy.left <= 0) {
      this.#busy.served();
      return this.inner.get(key, options);
    }
    this.#busy.left -= 1;
    throw new BackupError('UNAVAILABLE', 'bad gateway (502)');
  }
}

/** Two places; how the second opens is decided later. */
const twoPlaces = async (patienceMs: number) => {
  const stores = { near: new Map(), slow: new Map() } as Record<'near' | 'slow', MemoryStore>;
  const open = { near: (): Promise<void> => Promise.resolve(), slow: (): Promise<void> => Promise.resolve() };
  const seen = { opens: 0, opensAtCommit: undefined as number | undefined };
  const busy: Refusals = { left: 0, served: () => undefined };
  const files = new Map([['file', seededBytes(1, 20_000)]]);
  const { pipeline, events } = testPipeline({
    sources: { files: () => mapSource(() => files) },
    destinations: {
      near: async () => {
        await open.near();
        return new Watched(new MemoryDestination({ store: stores.near }), (key) => {
          if (key.startsWith('snapshots/')) seen.opensAtCommit = seen.opens;
        });
      },
      slow: async (onRetry) => {
        seen.opens += 1;
        await open.slow();
        const adapter = new Busy(new MemoryDestination({ store: stores.slow }), busy);
        return wrapDestination(adapter, { log: quietLog(), clock: systemClock, random: () => 0, onRetry });
      },
    },
    patienceMs,
  });
  await init(pipeline);
  seen.opens = 0;
  return { pipeline, events, stores, open, seen, busy };
};

/** Refuses so many times, each after so long; then it opens. */
const refusing = (times: number, afterMs = 0) => {
  let left = times;
  return async (): Promise<void> => {
    await sleep(afterMs);
    left -= 1;
    if (left >= 0) throw new BackupError('UNAVAILABLE', 'no connection (ECONNREFUSED)');
  };
};

const never = (): Promise<never> => new Promise(() => undefined);

it('commits on the others before one that never answers is asked again', async () => {
  const { pipeline, open, seen } = await twoPlaces(1000);
  open.slow = never;
  const report = await run(pipeline);
  expect(report.outcomes).toMatchObject([
    { destination: 'near', status: 'stored' },
    { destination: 'slow', status: 'failed', error: { code: 'UNAVAILABLE' } },
  ]);
  expect(report.quorumHeld).toBe(true);
  expect(seen).toMatchObject({ opensAtCommit: 1, opens: 2 });
});

it('brings one up that was late, and counts it for the quorum', async () => {
  const { pipeline, open } = await twoPlaces(1000);
  const slowly = [1300, 0];
  open.slow = () => sleep(slowly.shift());
  const report = await run({ ...pipeline, quorum: 2 });
  expect(report.outcomes).toMatchObject([{ status: 'stored' }, { destination: 'slow', status: 'stored' }]);
  expect(report.quorumHeld).toBe(true);
  expect((await readBack(pipeline, 'slow')).get('file')?.equals(seededBytes(1, 20_000))).toBe(true);
});

it('waits for nobody when only the quorum is wanted and holds', async () => {
  const { pipeline, open, seen } = await twoPlaces(1000);
  open.slow = never;
  expect((await run(pipeline, { wait: 'quorum' })).quorumHeld).toBe(true);
  expect(seen.opens).toBe(1);
});

it('gives all the time that they need where nobody is quick', async () => {
  const { pipeline, open } = await twoPlaces(20_000);
  open.near = () => sleep(3500);
  open.slow = open.near;
  expect((await run(pipeline)).outcomes.map(({ status }) => status)).toEqual(['stored', 'stored']);
});

it('looks at what is there without one that hangs', async () => {
  const { pipeline, open } = await twoPlaces(60_000);
  await run(pipeline);
  open.slow = never;
  await using session = await Session.open(pipeline, { lock: 'read', hurryMs: 200 });
  expect(session.snapshots).toHaveLength(1);
  expect(session.absent).toMatchObject([{ name: 'slow', error: { code: 'UNAVAILABLE' } }]);
});

it('makes a key file where a replica has none, so that it can be opened alone', async () => {
  const { pipeline, events, stores } = await twoPlaces(60_000);
  for (const key of stores.slow.keys()) if (key.startsWith('keys/')) stores.slow.delete(key);
  expect((await run(pipeline)).outcomes.map(({ status }) => status)).toEqual(['stored', 'stored']);
  expect(events).toContainEqual(expect.objectContaining({ type: 'warning', destination: 'slow' }));
  expect((await readBack(pipeline, 'slow')).get('file')?.equals(seededBytes(1, 20_000))).toBe(true);
});

describe('a place that refuses', () => {
  const down = { destination: 'slow', status: 'failed', error: { message: 'no connection (ECONNREFUSED)' } };

  it('is not asked again while the others are ready', async () => {
    const { pipeline, open, seen } = await twoPlaces(60_000);
    open.slow = refusing(9, 100);
    const report = await run(pipeline, { wait: 'quorum' });
    expect(report.outcomes).toMatchObject([{ destination: 'near', status: 'stored' }, down]);
    expect(report.quorumHeld).toBe(true);
    expect(seen).toMatchObject({ opensAtCommit: 1, opens: 1 });
  });

  it('is brought up when all are waited for, and told as down when it still refuses', async () => {
    const { pipeline, open, seen } = await twoPlaces(60_000);
    open.slow = refusing(1, 100);
    expect((await run(pipeline)).outcomes).toMatchObject([{ status: 'stored' }, { status: 'stored' }]);
    expect(seen).toMatchObject({ opensAtCommit: 1, opens: 2 });
    open.slow = refusing(9, 100);
    expect((await run(pipeline)).outcomes).toMatchObject([{ status: 'stored' }, down]);
  });

  it('takes part when it opens the second time before the others are ready', async () => {
    const { pipeline, open, seen } = await twoPlaces(60_000);
    open.near = () => sleep(200);
    open.slow = refusing(1);
    await run(pipeline);
    expect(seen).toMatchObject({ opensAtCommit: 2, opens: 2 });
  });

  it('is asked again when all refused, as on a network that just wakes', async () => {
    const { pipeline, open, seen } = await twoPlaces(60_000);
    open.near = refusing(1);
    const slow = refusing(1);
    open.slow = () => slow().then(() => sleep(100));
    expect((await run(pipeline)).outcomes).toMatchObject([{ status: 'stored' }, { status: 'stored' }]);
    expect(seen).toMatchObject({ opensAtCommit: 2, opens: 2 });
  });

  it('is asked again where the quorum needs it', async () => {
    const { pipeline, open, seen } = await twoPlaces(60_000);
    open.slow = refusing(2, 100);
    expect((await run({ ...pipeline, quorum: 2 }, { wait: 'quorum' })).quorumHeld).toBe(true);
    expect(seen).toMatchObject({ opensAtCommit: 3, opens: 3 });
  });

  it('is asked again where only one that nothing is written to is ready', async () => {
    const { pipeline, open, seen } = await twoPlaces(60_000);
    open.slow = refusing(2, 100);
    const destinations = pipeline.destinations.map((one) => ({ ...one, readOnly: one.name === 'near' }));
    const report = await run({ ...pipeline, destinations });
    expect(report.outcomes).toContainEqual({ destination: 'slow', source: 'files', status: 'stored' });
    expect(seen.opens).toBe(3);
  });

  it('is asked again when what was ready turns out to be no replica', async () => {
    const { pipeline, open, stores, seen } = await twoPlaces(60_000);
    stores.near.set('config', { content: Buffer.from('damaged'), modified: new Date(), listedFrom: 0 });
    open.slow = refusing(1, 100);
    const report = await run(pipeline);
    expect(report.outcomes).toContainEqual({ destination: 'slow', source: 'files', status: 'stored' });
    expect(seen.opens).toBe(2);
  });
});

describe('a place that answers and cannot serve', () => {
  it('is not waited for after three times, while the others are ready', async () => {
    const { pipeline, busy, seen } = await twoPlaces(60_000);
    busy.left = 3;
    const report = await run(pipeline, { wait: 'quorum' });
    expect(report.outcomes).toMatchObject([
      { destination: 'near', status: 'stored' },
      { destination: 'slow', status: 'failed', error: { code: 'UNAVAILABLE', message: 'bad gateway (502)' } },
    ]);
    busy.left = 3;
    expect((await run(pipeline)).outcomes).toMatchObject([{ status: 'stored' }, { status: 'stored' }]);
    expect(seen.opens).toBe(3);
  });

  it('takes part after less than that', async () => {
    const { pipeline, busy, seen } = await twoPlaces(60_000);
    busy.left = 2;
    await run(pipeline);
    expect(seen).toMatchObject({ opensAtCommit: 1, opens: 1 });
    expect(busy.left).toBe(0);
  });

  it('is waited for until the others are ready', async () => {
    const { pipeline, busy, open, seen } = await twoPlaces(60_000);
    // Not by a time: four pauses may take longer than one that is as long, on a machine with much else to do.
    open.near = () => new Promise((resolve) => (busy.served = resolve));
    busy.left = 4;
    await run(pipeline);
    expect(busy.left).toBe(0);
    expect(seen).toMatchObject({ opensAtCommit: 1, opens: 1 });
  });
});
