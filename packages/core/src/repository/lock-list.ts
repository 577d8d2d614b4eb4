import { type Clock, sleepFor } from '../clock.ts';
import type { CallOptions, Destination } from '../destination/destination.ts';
import { BackupError, isBackupError } from '../errors.ts';
import type { MasterKey } from './crypto.ts';
import { lockKey } from './layout.ts';
import { decodeLock, type LockFile, maxLockSize } from './lock-file.ts';
import { listObjects, readObject } from './objects.ts';
import { nsFromTimestamp } from './timestamp.ts';

/** After so long without a refresh nobody is behind a lock any more (restic's `StaleLockTimeout`). */
export const staleAfterMs = 30 * 60_000;

/** So often, and first after so long, restic reads a lock again that it cannot read; the pause doubles. */
const unreadableTries = 4;
const unreadablePauseMs = 5_000;

export interface LockContext extends CallOptions {
  readonly clock: Clock;
  /** The name of this machine, as its own locks have it. */
  readonly host: string;
  /** Whether a process of this machine is running; the operating system is asked unless a test knows better. */
  readonly isRunning?: (pid: number) => boolean;
}

export interface ListedLock {
  readonly id: string;
  readonly lock: LockFile;
  readonly stale: boolean;
}

export interface ListLocksOptions extends LockContext {
  readonly except?: ReadonlySet<string>;
  /** What a lock that cannot be read means: LOCKED after several tries, since nobody knows what it holds, or nothing. */
  readonly unreadable: 'refuse' | 'skip';
}

/** A lock that is refreshed while we look has another name afterwards, so a list with gaps is made again. */
const listTries = 5;

/** Every lock but those in `except`. Empty files are passed over, as restic does it: a put that was cut off. */
export const listLocks = async (
  destination: Destination,
  key: MasterKey,
  options: ListLocksOptions,
): Promise<ListedLock[]> => {
  for (let tried = 1; ; tried += 1) {
    const locks: ListedLock[] = [];
    let gone = 0;
    for await (const { id, size } of listObjects(destination, 'locks', options)) {
      if (size === 0 || options.except?.has(id)) continue;
      const lock = await readLock(destination, key, { id, ...options });
      if (lock === 'gone') gone += 1;
      else if (lock !== 'unreadable') locks.push({ id, lock, stale: isStale(lock, options) });
    }
    if (gone === 0 || tried === listTries) return locks;
  }
};

const readLock = async (
  destination: Destination,
  key: MasterKey,
  { id, clock, unreadable, signal }: ListLocksOptions & { readonly id: string },
): Promise<LockFile | 'gone' | 'unreadable'> => {
  for (let tried = 1; ; tried += 1) {
    try {
      return decodeLock(key, await readObject(destination, { kind: 'locks', id }, { maxSize: maxLockSize, signal }));
    } catch (error) {
      if (isBackupError(error, 'NOT_FOUND')) return 'gone';
      if (!isBackupError(error, 'CORRUPT')) throw error;
      if (unreadable === 'skip') return 'unreadable';
      if (tried === unreadableTries) throw lockedUnreadably(destination, id, error);
      await sleepFor(clock, unreadablePauseMs * 2 ** (tried - 1), signal);
    }
  }
};

const lockedUnreadably = (destination: Destination, id: string, cause: BackupError): BackupError =>
  new BackupError('LOCKED', `${destination.label} has a lock that cannot be read ("${lockKey(id)}")`, {
    hint: 'make sure that nothing else is running there, then run `triplicate unlock --remove-all`',
    context: { label: destination.label, lock: id },
    cause,
  });

/** Not refreshed for half an hour, or made on this machine by a process that is gone. */
export const isStale = (lock: LockFile, { clock, host, isRunning = processIsRunning }: LockContext): boolean => {
  const age = clock.now().getTime() - Number(nsFromTimestamp(lock.time) / 1_000_000n);
  return age > staleAfterMs || (lock.hostname === host && !isRunning(lock.pid));
};

const processIsRunning = (pid: number): boolean => {
  // 0 and negative numbers would speak of process groups.
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
};

/** Removes what nobody is behind any more and returns the ids. */
export const removeStaleLocks = async (
  destination: Destination,
  key: MasterKey,
  context: LockContext,
): Promise<string[]> => {
  const locks = await listLocks(destination, key, { ...context, unreadable: 'skip' });
  const stale = locks.filter((entry) => entry.stale).map(({ id }) => id);
  for (const id of stale) await destination.delete(lockKey(id), context);
  return stale;
};

/** Removes every lock, also those that work goes on under, and returns the ids. Only when a person asks for it. */
export const removeAllLocks = async (destination: Destination, options: CallOptions): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { id } of listObjects(destination, 'locks', options)) ids.push(id);
  for (const id of ids) await destination.delete(lockKey(id), options);
  return ids;
};
