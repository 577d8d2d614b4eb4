import { beforeEach, describe, expect, it } from 'vitest';
import type { Body } from '../../src/body.ts';
import type { ObjectInfo, PutOptions } from '../../src/destination/destination.ts';
import { newMasterKey } from '../../src/repository/crypto.ts';
import { acquireLock, type LockOptions } from '../../src/repository/lock.ts';
import { lockKey } from '../../src/repository/layout.ts';
import { encodeLock } from '../../src/repository/lock-file.ts';
import { objectId } from '../../src/repository/unpacked.ts';
import { MemoryDestination, type MemoryOptions } from '../../src/testing/memory-destination.ts';
import { FakeClock } from './support/fake-clock.ts';

const key = newMasterKey();
let clock: FakeClock;
beforeEach(() => void (clock = new FakeClock('2026-11-29T04:00:00Z')));

/** A destination on which a lock takes so long to write; says what happens there. */
class Watched extends MemoryDestination {
  readonly log: string[] = [];
  readonly #putMs: number;

  constructor(putMs: number, options?: MemoryOptions) {
    super(options);
    this.#putMs = putMs;
  }

  override async put(name: string, body: Body, options: PutOptions): Promise<ObjectInfo> {
    const info = await super.put(name, body, options);
    await clock.advance(this.#putMs);
    this.log.push('put');
    return info;
  }

  override async *list(prefix: string, options: PutOptions): AsyncIterable<ObjectInfo> {
    this.log.push('look');
    yield* super.list(prefix, options);
  }
}

const lockOn = async (destination: Watched, more: Partial<LockOptions> = {}): Promise<unknown> => {
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
  return clock.during(acquiring).catch((error: unknown) => error);
};

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
});
