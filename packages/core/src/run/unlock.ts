/** Locks that were left behind. */
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import { removeAllLocks, removeStaleLocks } from '../repository/lock-list.ts';
import type { Pipeline } from './pipeline.ts';
import { Session } from './session.ts';

export interface UnlockResult {
  readonly destination: string;
  readonly removed: number;
  readonly error?: BackupError;
}

/** Removes locks that nobody is behind any more; with `all` also those of programs that may still run. */
export const unlock = async (
  pipeline: Pipeline,
  { all }: { readonly all: boolean },
): Promise<readonly UnlockResult[]> => {
  await using session = await Session.open(pipeline, { lock: 'read' });
  const { signal, clock, host } = pipeline;
  const results: UnlockResult[] = session.absent.map(({ name, error }) => ({ destination: name, removed: 0, error }));
  for (const { name, destination, masterKey } of session.replicas) {
    try {
      const removed = all
        ? await removeAllLocks(destination, { signal })
        : await removeStaleLocks(destination, masterKey, { signal, clock, host: host.hostname });
      results.push({ destination: name, removed: removed.length });
    } catch (cause) {
      throwIfAborted(signal);
      results.push({ destination: name, removed: 0, error: toBackupError(cause) });
    }
  }
  return results;
};
