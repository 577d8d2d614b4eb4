import { type PluginContext, throwIfAborted } from '@triplicate/core';
import { Checksums } from './checksums.ts';
import { createClient } from './client.ts';
import { Conditional } from './conditional.ts';
import { translate } from './errors.ts';
import { Inspection } from './inspection.ts';
import type { S3Options } from './options.ts';
import type { Place } from './place.ts';
import { S3Destination } from './s3-destination.ts';

const modes = { compliance: 'COMPLIANCE', governance: 'GOVERNANCE' } as const;

/**
 * Connects to a bucket and writes nothing. AUTH when the service refuses us, CONFIG_INVALID when there is no such bucket or it cannot lock
 * objects although `immutableMs` asks for it, UNAVAILABLE when nobody answers. An answer that the service is busy is no reason to give up:
 * the first call asks again.
 */
export const openS3 = async (options: S3Options, context: PluginContext): Promise<S3Destination> => {
  const { appendOnly, bucket, checksum, conditionalPut: choice, egress, endpoint, lockMode } = options;
  const { cacheDirectory, clock, immutableMs, log, signal } = context;
  const label = `s3://${bucket}`;
  const client = await createClient(options, context);
  const inspection = new Inspection({ client, bucket, locking: immutableMs !== undefined });
  try {
    await inspection.ensure(signal);
  } catch (cause) {
    const error = translate(cause, `cannot open ${label}`);
    if (signal.aborted || !error.retryable || error.context['status'] === undefined) {
      client.destroy();
      throwIfAborted(signal);
      throw error;
    }
    log.debug(error.message, error.context);
  }
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
    lock: immutableMs === undefined ? undefined : { mode: modes[lockMode], forMs: immutableMs },
  };
  const conditional = await Conditional.recall({ bucket, cacheDirectory, choice, endpoint });
  return new S3Destination({ place, conditional, inspection, appendOnly, egressCost: egress === 'paid' });
};
