import { BackupError, type KeepOptions } from '@triplicate/core';
import { isMissing, statusOf } from './errors.ts';
import type { Place } from './place.ts';

/**
 * Locks the current version of an object until then at least:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html. The service refuses a time that is earlier than the one in
 * force, in the same words as a missing permission; then the one in force tells which it was.
 */
export const extendLock = async (place: Place, key: string, { until, signal }: KeepOptions): Promise<void> => {
  const { bucket, client, label, lock } = place;
  if (lock === undefined)
    throw new BackupError('UNSUPPORTED', `${label} locks no objects`, { hint: 'Add "immutable" to this destination.' });
  const object = { Bucket: bucket, Key: key };
  const Retention = { Mode: lock.mode, RetainUntilDate: until };
  try {
    await client.putObjectRetention({ ...object, Retention }, { abortSignal: signal });
  } catch (error) {
    // What is hidden by a delete marker is refused by another word than what was never there.
    if (isMissing(error) || statusOf(error) === 405) throw missing(key, label);
    const isKept = await client
      .getObjectRetention(object, { abortSignal: signal })
      .then(({ Retention: now }) => (now?.RetainUntilDate?.getTime() ?? 0) >= until.getTime())
      .catch(() => false);
    if (!isKept) throw error;
  }
};

const missing = (key: string, label: string): BackupError =>
  new BackupError('NOT_FOUND', `no object "${key}" in ${label}`);
