import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Body } from '../../src/body.ts';
import type { ObjectInfo, PutOptions } from '../../src/destination/destination.ts';
import { newMasterKey } from '../../src/repository/crypto.ts';
import { acquireLock, type LockOptions, type RepositoryLock } from '../../src/repository/lock.ts';
import { lockKey } from '../../src/repository/layout.ts';
import { encodeLock } from '../../src/repository/lock-file.ts';
import { objectId } from '../../src/repository/unpacked.ts';
import { MemoryDestination, type MemoryOptions } from '../../src/testing/memory-destination.ts';
import { FakeClock } from './support/fake-clock.ts';

const key = newMasterKey();
let clock: FakeClock;
/** What the machine counts, whatever its clock says: it stands, however long a busy one takes. */
let countedMs = 0;
beforeEach(() => {
  clock = new FakeClock('2026-11-29T04:00:00Z');
  countedMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => countedMs);
});
afterEach(() => vi.restoreAllMocks());

/** A destination on which a lock takes so long to write; says what happens there. */
class Watched extends MemoryDestination {
  readonly log: string[] = [];
  wrote: () => void = () => {};
  readonly #putMs: number;

  constructor(putMs: number, options?: MemoryOptions) {
    super(options);
    this.#putMs = putMs;
  }

  override async put(name: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    const info = await super.put(name, body, options);
    await clock.advance(this.#putMs);
    this.wrote();
    this.log.push('put');
    return info;
  }

  override async *list(prefix: string, options: PutOptions): AsyncIterable<ObjectInfo> {
    this.log.push('look');
    yield* super.list(prefix, options);
  }
}

const acquire = (destination: Watched, more: Partial<LockOptions> = {}): Promise<unknown> => {
  const acquiring = acquireLock(destination, key, {
    exclusive: false,
    clock,
    signal: new AbortController().signal,
    host: 'laptop',
    user: 'anna',
    pid: 1,
    isRunning: () => true,
    onStanding: () => destination.log.push('standing'),
    onRefused: () => destination.log.push('refused'),
    ...more,
  });
  return clock.during(acquiring);
};

const lockOn = (destination: Watched, more: Partial<LockOptions> = {}): Promise<unknown> =>
  acquire(destination, more).catch((error: unknown) => error);

describe('a lock', () => {
  it('lets read as soon as it stands, before it is looked again', async () => {
    const destination = new Watched(5);
    await lockOn(destination);
    expect(destination.log).toEqual(['look', 'put', 'standing', 'look']);
  });

  it('lets nothing be read early when it took so long to write that another may have gone on unseen', async () => {
    const destination = new Watched(150);
    await lockOn(destination);
    expect(destination.log).toEqual(['look', 'put', 'look']);
  });

  it('lets nothing be read early when its clock was set back meanwhile, and it took as long', async () => {
    const destination = new Watched(-3_600_000);
    destination.wrote = () => (countedMs += 150);
    await lockOn(destination);
    expect(destination.log).toEqual(['look', 'put', 'look']);
  });

  it('lets nothing be read early where listings lag', async () => {
    const destination = new Watched(5, { listLagMs: 1000 });
    await lockOn(destination);
    expect(destination.log).toEqual(['look', 'put', 'look']);
  });

  it('takes that back when the second look shows another', async () => {
    const destination = new Watched(5);
    const onStanding = (): void => {
      destination.log.push('standing');
      const time = '2026-11-29T04:00:00Z';
      const content = encodeLock(key, { time, exclusive: true, hostname: 'server', username: 'bert', pid: 77 });
      destination.store.set(lockKey(objectId(content)), { content, modified: clock.now(), listedFrom: 0 });
    };
    await lockOn(destination, { onStanding });
    expect(destination.log).toEqual(['look', 'put', 'standing', 'look', 'refused']);
  });

  it('is given before it has settled to who asks for it early, and says when it has', async () => {
    const destination = new Watched(5);
    const lock = (await acquire(destination, { early: true })) as RepositoryLock;
    expect(destination.log).toEqual(['look', 'put', 'standing']);
    await clock.during(lock.settled);
    expect(destination.log).toEqual(['look', 'put', 'standing', 'look']);
    await lock[Symbol.asyncDispose]();
    expect(destination.store.size).toBe(0);
  });

  it('is gone when it was given early and the second look shows another', async () => {
    const destination = new Watched(5);
    const lock = (await acquire(destination, { early: true })) as RepositoryLock;
    const other = { time: '2026-11-29T04:00:00Z', exclusive: true, hostname: 'server', username: 'bert', pid: 77 };
    const content = encodeLock(key, other);
    const modified = clock.now();
    destination.store.set(lockKey(objectId(content)), { content, modified, listedFrom: 0 });
    await expect(clock.during(lock.settled)).rejects.toMatchObject({ code: 'LOCKED' });
    expect(lock.signal.aborted).toBe(true);
    expect([...destination.store.keys()]).toEqual([lockKey(objectId(content))]);
    await expect(lock.requireStanding()).rejects.toMatchObject({ code: 'LOCKED' });
  });

  it('ends at once when it is let go of while it settles', async () => {
    const destination = new Watched(5);
    const lock = (await acquire(destination, { early: true })) as RepositoryLock;
    await lock[Symbol.asyncDispose]();
    expect(destination.store.size).toBe(0);
  });
});
