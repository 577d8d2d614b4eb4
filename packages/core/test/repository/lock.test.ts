import { describe, expect, it } from 'vitest';
import { bodyOf } from '../../src/body.ts';
import type { Destination } from '../../src/destination/destination.ts';
import { BackupError } from '../../src/errors.ts';
import { newMasterKey } from '../../src/repository/crypto.ts';
import {
  acquireLock,
  type LockOptions,
  removeAllLocks,
  removeStaleLocks,
  type RepositoryLock,
} from '../../src/repository/lock.ts';
import { decodeLock, encodeLock, type LockFile } from '../../src/repository/lock-file.ts';
import { listLocks } from '../../src/repository/lock-list.ts';
import { writeObject } from '../../src/repository/objects.ts';
import { nsFromTimestamp } from '../../src/repository/timestamp.ts';
import { MemoryDestination, type MemoryOptions } from '../../src/testing/memory-destination.ts';
import { assert } from './support/assert.ts';
import { FakeClock } from './support/fake-clock.ts';

const key = newMasterKey();
const minute = 60_000;
const other: LockFile = {
  time: '2026-11-29T04:00:00Z',
  exclusive: false,
  hostname: 'server',
  username: 'bert',
  pid: 77,
};

class Scene {
  readonly clock = new FakeClock('2026-11-29T04:00:00Z');
  readonly abort = new AbortController();
  readonly destination: MemoryDestination;
  readonly running = new Set([1]);

  constructor(options: MemoryOptions = {}) {
    this.destination = new MemoryDestination(options);
  }

  options(more: Partial<LockOptions> = {}): LockOptions {
    const isRunning = (pid: number): boolean => this.running.has(pid);
    return {
      exclusive: false,
      clock: this.clock,
      signal: this.abort.signal,
      host: 'laptop',
      user: 'anna',
      pid: 1,
      isRunning,
      ...more,
    };
  }

  acquire(more: Partial<LockOptions> = {}, destination: Destination = this.destination): Promise<RepositoryLock> {
    return this.clock.during(acquireLock(destination, key, this.options(more)));
  }

  write(lock: Partial<LockFile> = {}): Promise<string> {
    const bytes = encodeLock(key, { ...other, ...lock });
    return writeObject(this.destination, { kind: 'locks', bytes }, this.options());
  }

  get keys(): string[] {
    return [...this.destination.store.keys()];
  }

  locks(): LockFile[] {
    return [...this.destination.store.values()].map(({ content }) => decodeLock(key, content));
  }
}

/** Puts fail, or hang until they are aborted, while it is switched on. */
class UnreachableDestination extends MemoryDestination {
  state: 'well' | 'fails' | 'hangs' = 'well';

  override put(...[name, body, options]: Parameters<MemoryDestination['put']>): ReturnType<MemoryDestination['put']> {
    if (this.state === 'fails') return Promise.reject(new BackupError('UNAVAILABLE', 'no answer'));
    if (this.state === 'well') return super.put(name, body, options);
    return new Promise((_, reject) => {
      options.signal.addEventListener('abort', () => reject(new BackupError('ABORTED', 'interrupted')));
    });
  }
}

describe('a lock', () => {
  it('says who holds it and is gone afterwards', async () => {
    const scene = new Scene();
    const lock = await scene.acquire({ uid: 1000, gid: 100 });
    expect(scene.keys).toEqual([`locks/${lock.id}`]);
    const [found] = scene.locks();
    expect(found).toMatchObject({
      exclusive: false,
      hostname: 'laptop',
      username: 'anna',
      pid: 1,
      uid: 1000,
      gid: 100,
    });
    expect(nsFromTimestamp(found?.time ?? '')).toBe(nsFromTimestamp(other.time));
    await lock[Symbol.asyncDispose]();
    expect(scene.keys).toEqual([]);
    expect(lock.signal.aborted).toBe(false);
  });

  it('is shared, unless one of the two wants to be alone', async () => {
    const cases = [
      { held: false, wanted: false, refused: false },
      { held: false, wanted: true, refused: true },
      { held: true, wanted: false, refused: true },
      { held: true, wanted: true, refused: true },
    ];
    for (const { held, wanted, refused } of cases) {
      const scene = new Scene();
      await scene.acquire({ exclusive: held });
      const outcome = await scene.acquire({ exclusive: wanted }).then(
        () => 'given',
        (error: BackupError) => error.code,
      );
      expect(outcome).toBe(refused ? 'LOCKED' : 'given');
      expect(scene.keys).toHaveLength(refused ? 1 : 2);
    }
  });

  it('that is refused names the holder, the machine and the time', async () => {
    const scene = new Scene();
    await scene.write({ exclusive: true });
    const error = await assert.fails(() => scene.acquire(), 'LOCKED');
    expect(error.message).toBe(
      'memory: is locked exclusively by bert on server (process 77) since 2026-11-29T04:00:00Z',
    );
    expect(error.hint).toContain('triplicate unlock');
    expect(error.context).toMatchObject({ hostname: 'server', username: 'bert', pid: 77, exclusive: true });
  });

  it('is given to at most one of two that come at the same instant', async () => {
    const scene = new Scene();
    const both = Promise.allSettled(
      [0, 1].map(() => acquireLock(scene.destination, key, scene.options({ exclusive: true }))),
    );
    const given = (await scene.clock.during(both)).filter(({ status }) => status === 'fulfilled');
    expect(given.length).toBeLessThanOrEqual(1);
    expect(scene.keys).toHaveLength(given.length);
  });

  it('is not given when another one appears within 200 ms', async () => {
    const scene = new Scene();
    const acquiring = acquireLock(scene.destination, key, scene.options({ exclusive: true }));
    acquiring.catch(() => undefined);
    await scene.clock.advance(199);
    await scene.write();
    await assert.fails(() => scene.clock.during(acquiring), 'LOCKED');
    expect(scene.locks()).toEqual([other]);
  });

  it('is asked for again when that is wanted', async () => {
    const scene = new Scene();
    const first = await scene.acquire({ exclusive: true });
    const second = acquireLock(scene.destination, key, scene.options({ waitMs: minute }));
    second.catch(() => undefined);
    await scene.clock.advance(3000);
    await first[Symbol.asyncDispose]();
    expect((await scene.clock.during(second)).id).toBeDefined();

    const last = new Scene();
    await last.acquire({ exclusive: true });
    let told = 0;
    const start = last.clock.now().getTime();
    const wait = acquireLock(last.destination, key, last.options({ waitMs: minute, onWait: () => told++ }));
    wait.catch(() => undefined);
    for (let seconds = 0; seconds < 70; seconds += 1) await last.clock.advance(1000);
    await assert.fails(() => wait, 'LOCKED');
    expect(told).toBe(1);
    expect(last.clock.now().getTime() - start).toBe(70_000);
  });

  it('is not taken where nothing can be deleted, but those of others count', async () => {
    const scene = new Scene({ capabilities: { canDelete: false } });
    const lock = await scene.acquire({ exclusive: true });
    expect(lock.id).toBeUndefined();
    expect(scene.keys).toEqual([]);
    await lock[Symbol.asyncDispose]();
    await scene.write();
    await assert.fails(() => scene.acquire({ exclusive: true }), 'LOCKED');
    expect((await scene.acquire()).signal.aborted).toBe(false);
  });

  it('does not outlive an interruption while it is being taken', async () => {
    const scene = new Scene();
    const acquiring = acquireLock(scene.destination, key, scene.options());
    acquiring.catch(() => undefined);
    await scene.clock.advance(100);
    expect(scene.keys).toHaveLength(1);
    scene.abort.abort();
    await assert.fails(() => acquiring, 'ABORTED');
    expect(scene.keys).toEqual([]);
  });

  it('is removed after an interruption, when it is disposed', async () => {
    const scene = new Scene();
    const lock = await scene.acquire();
    scene.abort.abort();
    expect(lock.signal.aborted).toBe(true);
    await lock[Symbol.asyncDispose]();
    expect(scene.keys).toEqual([]);
  });
});

describe('refreshing a lock', () => {
  it('writes it anew every five minutes, and leaves no old one', async () => {
    const scene = new Scene();
    const lock = await scene.acquire();
    const first = lock.id;
    await scene.clock.advance(5 * minute);
    expect(lock.id).not.toBe(first);
    expect(scene.keys).toEqual([`locks/${lock.id}`]);
    await scene.clock.advance(60 * minute);
    const [found] = scene.locks();
    expect(scene.clock.now().getTime() * 1e6 - Number(nsFromTimestamp(found?.time ?? ''))).toBeLessThan(
      6 * minute * 1e6,
    );
    expect(lock.signal.aborted).toBe(false);
    await lock[Symbol.asyncDispose]();
    expect(scene.keys).toEqual([]);
    await scene.clock.advance(30 * minute);
    expect(scene.keys).toEqual([]);
  });

  it.each(['fails', 'hangs'] as const)('that %s for 22.5 minutes ends the work under it', async (state) => {
    const scene = new Scene();
    const destination = new UnreachableDestination({ store: scene.destination.store });
    const lock = await scene.acquire({}, destination);
    destination.state = state;
    await scene.clock.advance(22 * minute);
    expect(lock.signal.aborted).toBe(false);
    await scene.clock.advance(minute);
    expect(lock.signal.reason).toMatchObject({ code: 'LOCKED' });
    destination.state = 'well';
    await lock[Symbol.asyncDispose]();
    expect(scene.keys).toEqual([]);
  });

  it('is not put back when somebody removed it, and the work under it ends', async () => {
    const scene = new Scene();
    const lock = await scene.acquire();
    await removeAllLocks(scene.destination, scene.options());
    await assert.fails(() => lock.requireStanding(), 'LOCKED');
    expect(lock.signal.aborted).toBe(true);
    const other = await scene.acquire();
    await removeAllLocks(scene.destination, scene.options());
    await scene.clock.advance(6 * minute);
    expect(other.signal.aborted).toBe(true);
    expect(scene.keys).toEqual([]);
  });

  it('that fails for a while is made up for', async () => {
    const scene = new Scene();
    const destination = new UnreachableDestination({ store: scene.destination.store });
    const lock = await scene.acquire({}, destination);
    destination.state = 'fails';
    await scene.clock.advance(20 * minute);
    destination.state = 'well';
    await scene.clock.advance(40 * minute);
    expect(lock.signal.aborted).toBe(false);
    expect(scene.keys).toEqual([`locks/${lock.id}`]);
    await lock[Symbol.asyncDispose]();
  });
});

describe('a lock that nobody is behind', () => {
  it.each([
    ['was not refreshed for half an hour', { exclusive: true, time: '2026-11-29T03:29:59Z' }],
    ['belongs to a process of this machine that is gone', { exclusive: true, hostname: 'laptop', pid: 999 }],
  ])('since it %s is removed on the way', async (_why, lock) => {
    const scene = new Scene();
    await scene.write(lock);
    await scene.acquire({ exclusive: true });
    expect(scene.keys).toHaveLength(1);
    expect(scene.locks()[0]?.username).toBe('anna');
  });

  it.each([
    ['a refresh half an hour ago', { time: '2026-11-29T03:30:01Z' }],
    ['a clock that is ahead', { time: '2027-01-01T00:00:00Z' }],
    ['the number of a dead process, on another machine', { pid: 999 }],
    ['a process of this machine that runs', { hostname: 'laptop', pid: 1 }],
  ])('is not one with %s', async (_what, lock) => {
    const scene = new Scene();
    const id = await scene.write({ exclusive: true, ...lock });
    await assert.fails(() => scene.acquire(), 'LOCKED');
    expect(await removeStaleLocks(scene.destination, key, scene.options())).toEqual([]);
    expect(scene.keys).toEqual([`locks/${id}`]);
  });

  it('is found by asking the operating system for its process', async () => {
    const { isRunning: _unused, ...options } = new Scene().options({ host: 'server' });
    const scene = new Scene();
    await scene.write({ pid: process.pid });
    const dead = await scene.write({ pid: 2 ** 22 + 1 });
    expect(await removeStaleLocks(scene.destination, key, options)).toEqual([dead]);
  });
});

describe('a lock file', () => {
  it('that is empty counts for nothing, as it does for restic', async () => {
    const scene = new Scene();
    await scene.destination.put(`locks/${'ab'.repeat(32)}`, bodyOf(), scene.options());
    expect((await scene.acquire({ exclusive: true })).id).toBeDefined();
  });

  it('that cannot be read blocks, after it was read several times', async () => {
    const scene = new Scene();
    await scene.destination.put(`locks/${'ab'.repeat(32)}`, bodyOf(Buffer.from('x')), scene.options());
    const start = scene.clock.now().getTime();
    const error = await assert.fails(() => scene.acquire(), 'LOCKED');
    expect(error.message).toContain('cannot be read');
    expect(scene.clock.now().getTime() - start).toBe(35_000);
    expect(await removeStaleLocks(scene.destination, key, scene.options())).toEqual([]);
    expect(await removeAllLocks(scene.destination, scene.options())).toEqual(['ab'.repeat(32)]);
    expect(scene.keys).toEqual([]);
  });

  it('that is refreshed by another while we look is seen under its new name', async () => {
    const scene = new Scene();
    const old = await scene.write({ exclusive: true });
    const destination = new (class extends MemoryDestination {
      override async *get(...args: Parameters<MemoryDestination['get']>): ReturnType<MemoryDestination['get']> {
        if (this.store.delete(`locks/${old}`)) await scene.write({ exclusive: true, pid: 78 });
        yield* super.get(...args);
      }
    })({ store: scene.destination.store });
    const locks = await listLocks(destination, key, { ...scene.options(), unreadable: 'refuse' });
    expect(locks.map(({ lock }) => lock.pid)).toEqual([78]);
  });

  it.each(['{"time":"x"}', '{}', '[]', '"x"', '{"time":"2026-02-30T00:00:00Z"}'])('is not %s', async (json) => {
    const { seal } = await import('../../src/repository/crypto.ts');
    await assert.fails(() => decodeLock(key, seal(key, Buffer.from(json))), 'CORRUPT');
  });
});
