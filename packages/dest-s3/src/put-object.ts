import type { PutObjectCommandInput, ServerSideEncryption, StorageClass } from '@aws-sdk/client-s3';
import { isLastingKey, isPackKey, notKept } from '@triplicate/core';
import { isMissing } from './errors.ts';
import type { Place } from './place.ts';

export interface WriteOptions {
  readonly signal: AbortSignal;
  /** Leave it to the service to refuse the write where something is. */
  readonly onlyIfAbsent: boolean;
}

/** What goes with an object according to its name: class, encryption and lock. */
export const attributesOf = (place: Place, key: string) => ({
  Bucket: place.bucket,
  Key: key,
  ContentType: 'application/octet-stream',
  ...(place.storageClass !== undefined && isPackKey(key) ? { StorageClass: place.storageClass as StorageClass } : {}),
  ...(place.encryption === undefined ? {} : { ServerSideEncryption: place.encryption as ServerSideEncryption }),
  ...(place.kmsKey === undefined ? {} : { SSEKMSKeyId: place.kmsKey }),
  ...(place.lock !== undefined && isLastingKey(key)
    ? {
        ObjectLockMode: place.lock.mode,
        ObjectLockRetainUntilDate: new Date(place.clock.now().getTime() + place.lock.forMs),
      }
    : {}),
});

/** Writes a content that is in memory as one object, and makes sure that the service has it. */
export const putObject = async (place: Place, key: string, content: Buffer, options: WriteOptions): Promise<void> => {
  const { checksums, client } = place;
  const announced = checksums.announce(content);
  const input: PutObjectCommandInput = {
    ...attributesOf(place, key),
    ...announced,
    Body: content,
    ContentLength: content.byteLength,
    ...(options.onlyIfAbsent ? { IfNoneMatch: '*' } : {}),
  };
  try {
    const told = await client.putObject(input, { abortSignal: options.signal });
    if (!checksums.proves(content, announced, told)) await lookAgain(place, key, content.byteLength, options.signal);
  } catch (error) {
    if (!checksums.mayFallBack(error)) throw error;
    await putObject(place, key, content, options);
  }
};

/** For services whose answer proves nothing: at least the size is right. */
export const lookAgain = async (place: Place, key: string, size: number, signal: AbortSignal): Promise<void> => {
  const request = { Bucket: place.bucket, Key: key };
  const found = await place.client.headObject(request, { abortSignal: signal }).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (found === undefined) throw notKept(`the service took "${key}" and does not have it`);
  const { ContentLength } = found;
  if (ContentLength === size) return;
  throw notKept(`"${key}" was stored with ${ContentLength} bytes instead of ${size}`);
};
