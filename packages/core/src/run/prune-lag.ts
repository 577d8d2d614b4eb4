import { sleepFor } from '../clock.ts';
import { BackupError } from '../errors.ts';
import { listLocks } from '../repository/lock-list.ts';
import type { Replica } from '../repository/replica.ts';
import type { Pipeline } from './pipeline.ts';

/**
 * Where listings lag, two programs that lock at the same time may not see one another. Whoever did not see our lock had put its own
 * within the lag, so that after twice as long both are seen. LOCKED when there is another.
 */
export const waitOutLag = async (pipeline: Pipeline, replica: Replica, signal: AbortSignal): Promise<void> => {
  const { listLagMs } = replica.destination.capabilities;
  if (listLagMs === 0) return;
  const { clock, host } = pipeline;
  await sleepFor(clock, 2 * listLagMs, signal);
  const locks = await listLocks(replica.destination, replica.masterKey, {
    clock,
    signal,
    host: host.hostname,
    unreadable: 'refuse',
  });
  const other = locks.find(({ lock, stale }) => !stale && !(lock.hostname === host.hostname && lock.pid === host.pid));
  if (!other) return;
  const { hostname, pid, time } = other.lock;
  throw new BackupError(
    'LOCKED',
    `"${replica.name}" is locked by process ${pid} on ${hostname || 'an unknown machine'} since ${time}`,
    {
      hint: 'wait until it is done; if nothing is running there any more, run `triplicate unlock`',
      context: { destination: replica.name },
    },
  );
};
