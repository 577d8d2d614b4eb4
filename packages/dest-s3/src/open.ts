import { BackupError, type PluginContext, throwIfAborted } from '@triplicate/core';
import type { S3 } from '@aws-sdk/client-s3';
import { Checksums } from './checksums.ts';
import { createClient } from './client.ts';
import { Conditional } from './conditional.ts';
import { serviceCode, statusOf, translate } from './errors.ts';
import type { S3Options } from './options.ts';
import type { Place } from './place.ts';
import { S3Destination } from './s3-destination.ts';

/**
 * Connects to a bucket and writes nothing. AUTH when the service refuses us, CONFIG_INVALID when there is no such bucket or it cannot lock
 * objects although `immutableMs` asks for it, UNAVAILABLE when nobody answers.
 */
export const openS3 = async (options: S3Options, context: PluginContext): Promise<S3Destination> => {
  const { appendOnly, bucket, checksum, conditionalPut, egress, endpoint } = options;
  const { cacheDirectory, clock, immutableMs, signal } = context;
  const label = `s3://${bucket}`;
  const client = await createClient(options, context);
  try {
    const [versioned, conditional] = await Promise.all([
      look(client, bucket, { locked: immutableMs !== undefined, signal }),
      Conditional.recall({ bucket, cacheDirectory, choice: conditionalPut, endpoint }),
    ]);
    const place: Place = {
      client,
      bucket,
      label,
      clock,
      checksums: new Checksums(checksum),
      partSize: options.partSize,
      storageClass: options.storageClass,
      encryption: options.encryption,
      kmsKey: options.kmsKey,
      lock: immutableMs === undefined ? undefined : { mode: modes[options.lockMode], forMs: immutableMs },
    };
    return new S3Destination({ place, conditional, versioned, appendOnly, egressCost: egress === 'paid' });
  } catch (error) {
    client.destroy();
    throwIfAborted(signal);
    throw translate(error, `cannot open ${label}`);
  }
};

const modes = { compliance: 'COMPLIANCE', governance: 'GOVERNANCE' } as const;

interface LookOptions {
  readonly locked: boolean;
  readonly signal: AbortSignal;
}

/** Asks what the service lets us see; whether the bucket keeps versions. */
const look = async (client: S3, bucket: string, { locked, signal }: LookOptions): Promise<boolean> => {
  const abortSignal = signal;
  // A listing and not a HEAD: only an answer with a body says what is wrong.
  const listed = client.listObjectsV2({ Bucket: bucket, MaxKeys: 1 }, { abortSignal });
  const versioning = client
    .getBucketVersioning({ Bucket: bucket }, { abortSignal })
    .then(({ Status }) => Status === 'Enabled', whereAllowed(false));
  const lock = locked
    ? client
        .getObjectLockConfiguration({ Bucket: bucket }, { abortSignal })
        .then(({ ObjectLockConfiguration: found }) => found?.ObjectLockEnabled === 'Enabled', whereAllowed(true))
    : true;
  const [, isVersioned, canLock] = await Promise.all([listed, versioning, lock]);
  if (canLock) return isVersioned || locked;
  throw new BackupError('CONFIG_INVALID', `the bucket "${bucket}" cannot lock objects, and "immutable" asks for it`, {
    hint: 'Make a bucket with object lock, or remove "immutable" from this destination.',
  });
};

/** Some keys may not ask this, and some services do not know the question. */
const whereAllowed =
  (assumed: boolean) =>
  (error: unknown): boolean => {
    if (serviceCode(error) === 'ObjectLockConfigurationNotFoundError') return false;
    if ([400, 403, 404, 405, 501].includes(statusOf(error) ?? 0)) return assumed;
    throw error;
  };
