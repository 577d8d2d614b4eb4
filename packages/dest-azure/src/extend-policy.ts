import { BackupError, type KeepOptions } from '@triplicate/core';
import type { Place } from './place.ts';

/**
 * Keeps the current version of a blob until then at least:
 * https://learn.microsoft.com/en-us/rest/api/storageservices/set-blob-immutability-policy. A locked policy cannot be shortened; when the
 * service refuses, the one in force tells whether that was why.
 */
export const extendPolicy = async (place: Place, key: string, { until, signal }: KeepOptions): Promise<void> => {
  const { client, label, lock } = place;
  if (lock === undefined)
    throw new BackupError('UNSUPPORTED', `${label} keeps no blobs`, { hint: 'Add "immutable" to this destination.' });
  const blob = client.getBlobClient(key);
  try {
    await blob.setImmutabilityPolicy({ expiriesOn: until, policyMode: lock.mode }, { abortSignal: signal });
  } catch (error) {
    const isKept = await blob
      .getProperties({ abortSignal: signal })
      .then(({ immutabilityPolicyExpiresOn }) => (immutabilityPolicyExpiresOn?.getTime() ?? 0) >= until.getTime())
      .catch(() => false);
    if (!isKept) throw error;
  }
};
