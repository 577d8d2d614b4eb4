import type { S3 } from '@aws-sdk/client-s3';
import { BackupError } from '@triplicate/core';
import { serviceCode, statusOf } from './errors.ts';
import { assertPage } from './list-objects.ts';

export interface InspectionOptions {
  readonly client: S3;
  readonly bucket: string;
  /** Whether objects are to be locked, so that the bucket has to be able to. */
  readonly locking: boolean;
}

/**
 * The look at a bucket that comes before everything else: whether it is there, lets us in, and keeps versions. A service that is too busy
 * to answer is asked again before the next call, which the wrappers make again.
 */
export class Inspection {
  readonly #options: InspectionOptions;
  #versioned: boolean;
  #done = false;

  constructor(options: InspectionOptions) {
    this.#options = options;
    this.#versioned = options.locking;
  }

  get versioned(): boolean {
    return this.#versioned;
  }

  async ensure(signal: AbortSignal): Promise<void> {
    if (this.#done) return;
    this.#versioned = await look(this.#options, signal);
    this.#done = true;
  }
}

const look = async ({ bucket, client, locking }: InspectionOptions, abortSignal: AbortSignal): Promise<boolean> => {
  const versioning = askVersioning(client, bucket, abortSignal);
  const lock = locking
    ? client
        .getObjectLockConfiguration({ Bucket: bucket }, { abortSignal })
        .then(({ ObjectLockConfiguration: found }) => found?.ObjectLockEnabled === 'Enabled', whereAllowed(true))
    : true;
  const [isVersioned, canLock] = await Promise.all([versioning, lock]);
  if (canLock) return isVersioned || locking;
  throw new BackupError('CONFIG_INVALID', `the bucket "${bucket}" cannot lock objects, and "immutable" asks for it`, {
    hint: 'Make a bucket with object lock, or remove "immutable" from this destination.',
  });
};

/**
 * Whether it keeps versions. An answer in XML comes from a service that has the bucket and lets us in; after any other one, or none, a listing
 * shows that. A HEAD does not: only an answer with a body says what is wrong.
 */
const askVersioning = async (client: S3, bucket: string, abortSignal: AbortSignal): Promise<boolean> => {
  const { GetBucketVersioningCommand } = await import('@aws-sdk/client-s3');
  const command = new GetBucketVersioningCommand({ Bucket: bucket });
  let kind = '';
  command.middlewareStack.add(
    (next) => async (request) => {
      const told = await next(request);
      const { headers = {} } = told.response as { readonly headers?: Readonly<Record<string, string>> };
      kind = headers['content-type'] ?? '';
      return told;
    },
    { step: 'deserialize', name: 'kindOfAnswer' },
  );
  const versioned = await client
    .send(command, { abortSignal })
    .then(({ Status }) => Status === 'Enabled', whereAllowed(undefined));
  if (versioned !== undefined && /\bxml\b/.test(kind)) return versioned;
  assertPage(await client.listObjectsV2({ Bucket: bucket, MaxKeys: 1 }, { abortSignal }));
  return versioned ?? false;
};

/** Some keys may not ask this, and some services do not know the question. */
const whereAllowed =
  <T>(assumed: T) =>
  (error: unknown): T | false => {
    if (serviceCode(error) === 'ObjectLockConfigurationNotFoundError') return false;
    if ([400, 403, 404, 405, 501].includes(statusOf(error) ?? 0)) return assumed;
    throw error;
  };
