import { randomInt } from 'node:crypto';
import type { Destination } from '../destination/destination.ts';
import { BackupError, isBackupError, throwIfAborted } from '../errors.ts';
import type { MasterKey } from './crypto.ts';
import { HeldLock, type LockOptions, type RepositoryLock, slept } from './held-lock.ts';
import { lockKey } from './layout.ts';
import { type ListedLock, listLocks } from './lock-list.ts';

export type { LockOptions, RepositoryLock } from './held-lock.ts';
export { removeAllLocks, removeStaleLocks } from './lock-list.ts';

/** How long two processes that lock at the same time wait before they look whether the other one was first. */
const settleMs = 200;

/**
 * Locks the repository on this destination. Locks that nobody is behind any more are removed on the way. A destination that cannot delete
 * takes no lock, but those of others count there too. LOCKED names who holds it and since when.
 */
export const acquireLock = async (
  destination: Destination,
  key: MasterKey,
  options: LockOptions,
): Promise<RepositoryLock> => {
  const { clock, signal, waitMs = 0, onWait } = options;
  const until = clock.now().getTime() + waitMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await tryLock(destination, key, options);
    } catch (error) {
      throwIfAborted(signal);
      const leftMs = until - clock.now().getTime();
      if (!isBackupError(error, 'LOCKED') || leftMs <= 0) throw error;
      if (pauseMs === firstPauseMs) onWait?.(error);
      // With a part of chance: two machines that started by the same timer would meet again and again.
      if (!(await slept(clock, Math.min(pauseMs + randomInt(pauseMs), leftMs), signal))) throwIfAborted(signal);
    }
  }
};

const firstPauseMs = 1000;
const longestPauseMs = 15_000;

/**
 * Who locks waits `settleMs` and looks again before it changes anything. Its lock was seen by our first look if that was long enough before
 * it went on; so when ours stands within less than that after our first look, nobody can go on unseen. Half of it is left for clocks.
 */
const unseenMs = settleMs / 2;

const tryLock = async (destination: Destination, key: MasterKey, options: LockOptions): Promise<RepositoryLock> => {
  const looked = { at: performance.now(), time: options.clock.now().getTime() };
  await refuseConflict(destination, key, { ...options, except: new Set() });
  if (!destination.capabilities.canDelete)
    return {
      id: undefined,
      signal: options.signal,
      releaseMs: 0,
      settled: Promise.resolve(),
      requireStanding: () => Promise.resolve(),
      async [Symbol.asyncDispose]() {},
    };
  const lock = new HeldLock(destination, key, options);
  try {
    await lock.write(options.signal);
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
  // A machine that slept in between has another time, and the same count of milliseconds.
  const waited = Math.max(performance.now() - looked.at, options.clock.now().getTime() - looked.time);
  const standing = waited < unseenMs && destination.capabilities.listLagMs === 0;
  if (standing) options.onStanding?.();
  const settling = lock.settle(settleMs, () =>
    refuseConflict(destination, key, { ...options, except: new Set(lock.id === undefined ? [] : [lock.id]) }),
  );
  if (!standing || options.early !== true) await settling;
  return lock;
};

const refuseConflict = async (
  destination: Destination,
  key: MasterKey,
  options: LockOptions & { readonly except: ReadonlySet<string> },
): Promise<void> => {
  for (const entry of await listLocks(destination, key, { ...options, unreadable: 'refuse' })) {
    if (entry.stale && destination.capabilities.canDelete) await destination.delete(lockKey(entry.id), options);
    else if (!entry.stale && (options.exclusive || entry.lock.exclusive)) throw locked(destination, entry);
  }
};

const locked = (destination: Destination, { id, lock }: ListedLock): BackupError => {
  const { hostname, username, pid, time, exclusive } = lock;
  const holder = `${username || 'someone'} on ${hostname || 'an unknown machine'} (process ${pid})`;
  return new BackupError(
    'LOCKED',
    `${destination.label} is locked${exclusive ? ' exclusively' : ''} by ${holder} since ${time}`,
    {
      hint: 'wait until it is done; if nothing is running there any more, run `triplicate unlock`',
      context: { label: destination.label, lock: id, hostname, username, pid, time, exclusive },
    },
  );
};
