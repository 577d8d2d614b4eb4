/** Whether a replica can be opened by itself: each key file whole, and one of them for the password in use. */
import { isBackupError, throwIfAborted, toBackupError } from '../errors.ts';
import { listKeys, openWithPassword } from '../repository/keys.ts';
import type { Replica } from '../repository/replica.ts';
import type { CheckError } from './check.ts';
import type { Pipeline } from './pipeline.ts';

/** Where there is no key file to name. */
const noId = '';

export const checkKeys = async (pipeline: Pipeline, { name, destination, keyId }: Replica): Promise<CheckError[]> => {
  const { signal } = pipeline;
  const keys = await listKeys(destination, { signal });
  const errors = keys.flatMap(({ id, info }): CheckError[] =>
    isBackupError(info) ? [{ kind: 'key', id, message: `key file ${id.slice(0, 8)}: ${info.message}` }] : [],
  );
  // The key that opened this replica may be a sibling's.
  if (keys.some(({ id, info }) => id === keyId && !isBackupError(info))) return errors;
  try {
    await openWithPassword(destination, await pipeline.password(), { signal });
  } catch (cause) {
    throwIfAborted(signal);
    const error = toBackupError(cause, 'CORRUPT');
    if (error.code === 'UNAVAILABLE') throw error;
    errors.push({ kind: 'key', id: noId, message: `no key file on "${name}" opens with the password in use` });
  }
  return errors;
};
