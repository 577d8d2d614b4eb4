import type { GatedDestination } from '../destination/gated.ts';
import { BackupError, toBackupError } from '../errors.ts';
import { acquireLock, type RepositoryLock } from '../repository/lock.ts';
import type { Replica } from '../repository/replica.ts';
import type { Absent } from './open-replicas.ts';
import type { Pipeline } from './pipeline.ts';
import type { ReadAhead } from './read-ahead.ts';
import type { SessionOptions } from './session.ts';

export interface LockParts extends Pick<SessionOptions, 'lock' | 'exclusive'> {
  readonly absent: Absent[];
  /** Names of those that are only read. */
  readonly unlocked: ReadonlySet<string>;
  readonly stack: AsyncDisposableStack;
  /** Where each lock that was taken is noted. */
  readonly locks: Map<Replica, RepositoryLock>;
  /** Told of each that may be read already. */
  readonly ahead: Pick<ReadAhead<unknown>, 'ready' | 'takeBack'>;
}

const waiting = ({ message }: BackupError, waitMs = 0): BackupError =>
  new BackupError('LOCKED', `${message}; this waits for it, ${Math.ceil(waitMs / 1000)} seconds at most`);

/** The replicas that take part, each with the signal that its lock was lost. One that cannot delete takes no lock. */
export const lockAll = async (
  pipeline: Pipeline,
  replicas: readonly (Replica & { readonly destination: GatedDestination })[],
  { lock: mode, exclusive, absent, stack, locks, ahead, unlocked }: LockParts,
): Promise<Map<Replica, AbortSignal>> => {
  const never = new AbortController().signal;
  const signals = new Map<Replica, AbortSignal>();
  await Promise.all(
    replicas.map(async (replica) => {
      const configured = pipeline.destinations.find(({ name }) => name === replica.name);
      const writable = replica.destination.capabilities.canDelete && !configured?.readOnly;
      const lockable = mode !== 'read' && writable && !unlocked.has(replica.name);
      if (!lockable) {
        ahead.ready(replica);
        return void signals.set(replica, never);
      }
      try {
        const { hostname, username, pid, uid, gid } = pipeline.host;
        const alone = mode === 'exclusive' || (exclusive?.has(replica.name) ?? false);
        const lock = await acquireLock(replica.destination.ungated, replica.masterKey, {
          exclusive: alone,
          clock: pipeline.clock,
          signal: pipeline.signal,
          host: hostname,
          user: username,
          pid,
          uid,
          gid,
          waitMs: pipeline.lockWaitMs,
          // Who is ready to wait for another is not ready to be refused when the work has begun.
          early: !pipeline.lockWaitMs,
          onWait: (error) =>
            pipeline.emit({ type: 'warning', destination: replica.name, error: waiting(error, pipeline.lockWaitMs) }),
          onStanding: () => ahead.ready(replica),
          onRefused: () => ahead.takeBack(),
        });
        stack.use(lock);
        replica.destination.setGate(() => lock.settled);
        locks.set(replica, lock);
        signals.set(replica, lock.signal);
      } catch (cause) {
        const error = toBackupError(cause).with({ destination: replica.name });
        if (error.code === 'ABORTED') throw error;
        if (mode === 'reading' && error.code !== 'LOCKED') return void signals.set(replica, never);
        absent.push({ name: replica.name, status: error.code === 'LOCKED' ? 'locked' : 'failed', error });
      }
    }),
  );
  return new Map([...signals].toSorted(([a], [b]) => a.mask - b.mask));
};
