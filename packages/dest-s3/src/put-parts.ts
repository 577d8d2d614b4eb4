import { hash } from 'node:crypto';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { type Body, exactParts, isKey } from '@triplicate/core';
import { damaged, md5Of } from './checksums.ts';
import type { Place } from './place.ts';
import { attributesOf, lookAgain, type WriteOptions } from './put-object.ts';

const givingUpTimeoutMs = 30_000;
const dayMs = 86_400_000;
/** No upload of ours lives so long: a run sends an object at once or not at all. */
const abandonedAfterMs = 7 * dayMs;

interface Upload {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string;
}

/** Writes a large content part by part; one part is in memory at a time. Nothing is seen of the object before the last step. */
export const putParts = async (place: Place, key: string, body: Body, options: WriteOptions): Promise<void> => {
  const { client } = place;
  const abortSignal = options.signal;
  const created = await client.createMultipartUpload(attributesOf(place, key), { abortSignal });
  if (created.UploadId === undefined) throw damaged();
  const upload: Upload = { Bucket: place.bucket, Key: key, UploadId: created.UploadId };
  try {
    const parts = await sendParts(place, upload, body, abortSignal);
    const input = { ...upload, MultipartUpload: { Parts: parts.map(({ part }) => part) } };
    const told = await client.completeMultipartUpload(
      { ...input, ...(options.onlyIfAbsent ? { IfNoneMatch: '*' } : {}) },
      { abortSignal },
    );
    const tag = `"${hash('md5', Buffer.concat(parts.map(({ md5 }) => md5)), 'hex')}-${parts.length}"`;
    if (told.ETag !== tag) await lookAgain(place, key, body.size, abortSignal);
  } catch (error) {
    // The provider charges for parts that are left behind. What was wrong is worth telling; this is not.
    await giveUp(place, upload).catch(() => undefined);
    throw error;
  }
};

interface SentPart {
  readonly part: CompletedPart;
  readonly md5: Buffer;
}

const sendParts = async (place: Place, upload: Upload, body: Body, abortSignal: AbortSignal): Promise<SentPart[]> => {
  const sent: SentPart[] = [];
  for await (const content of exactParts(body, place.partSize, abortSignal)) {
    const md5 = md5Of(content);
    const told = await place.client.uploadPart(
      {
        ...upload,
        PartNumber: sent.length + 1,
        Body: content,
        ContentLength: content.byteLength,
        ContentMD5: md5.toString('base64'),
      },
      { abortSignal },
    );
    sent.push({ part: { PartNumber: sent.length + 1, ETag: told.ETag }, md5 });
  }
  return sent;
};

const giveUp = async ({ client }: Place, upload: Upload): Promise<void> => {
  await client.abortMultipartUpload(upload, { abortSignal: AbortSignal.timeout(givingUpTimeoutMs) });
};

/** Gives up what a run that was killed left behind a week ago or earlier, under names that can be ours. */
export const sweepUploads = async (place: Place, prefix: string, abortSignal: AbortSignal): Promise<void> => {
  const { bucket, client, clock } = place;
  const { Uploads = [] } = await client.listMultipartUploads({ Bucket: bucket, Prefix: prefix }, { abortSignal });
  for (const { Initiated, Key = '', UploadId } of Uploads) {
    const old = Initiated !== undefined && clock.now().getTime() - Initiated.getTime() > abandonedAfterMs;
    if (old && isKey(Key) && UploadId !== undefined) await giveUp(place, { Bucket: bucket, Key, UploadId });
  }
};
