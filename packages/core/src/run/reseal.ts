import { throwIfAborted, toBackupError } from '../errors.ts';
import { backup } from './backup.ts';
import type { HealResult } from './heal.ts';
import type { Pipeline } from './pipeline.ts';

/** Whether it lacks what no destination has. */
export const lacksBlobs = ({ left }: HealResult): boolean =>
  left.some(({ kind }) => kind === 'blob' || kind === 'tree');

/**
 * What no destination has any more may still be in the sources. A run reads whatever the replicas lack, and seals it anew under the same
 * name; snapshots that need it are whole again. False when no source could be read.
 */
export const resealFromSources = async (pipeline: Pipeline): Promise<boolean> => {
  if (pipeline.sources.length === 0) return false;
  try {
    await backup(pipeline, { tags: [], force: false, dryRun: false, wait: 'all' });
    return true;
  } catch (cause) {
    throwIfAborted(pipeline.signal);
    pipeline.emit({ type: 'warning', error: toBackupError(cause) });
    return false;
  }
};
