import { hash } from 'node:crypto';
import type { BlockBlobClient, BlockBlobCommitBlockListOptions } from '@azure/storage-blob';
import { type Body, exactBuffer, exactParts, isLastingKey, isPackKey, notKept } from '@triplicate/core';
import { isMissing } from './errors.ts';
import type { Place } from './place.ts';

export interface WriteOptions {
  readonly signal: AbortSignal;
  readonly onlyIfAbsent: boolean;
}

/** Writes an object, at once or in blocks; the service compares the MD5 of all that it gets. Nothing is seen of it before the last step. */
export const putBlob = async (place: Place, key: string, body: Body, options: WriteOptions): Promise<Date> => {
  const blob = place.client.getBlockBlobClient(key);
  const attributes = attributesOf(place, key, options);
  const { lastModified } =
    body.size <= place.partSize
      ? await atOnce(blob, body, attributes, options.signal)
      : await inBlocks(place, blob, body, { attributes, signal: options.signal });
  return lastModified ?? place.clock.now();
};

const attributesOf = (place: Place, key: string, { onlyIfAbsent, signal }: WriteOptions) => ({
  abortSignal: signal,
  blobHTTPHeaders: { blobContentType: 'application/octet-stream' },
  ...(onlyIfAbsent ? { conditions: { ifNoneMatch: '*' } } : {}),
  ...(place.accessTier !== undefined && isPackKey(key) ? { tier: place.accessTier } : {}),
  ...(place.lock !== undefined && isLastingKey(key)
    ? {
        immutabilityPolicy: {
          policyMode: place.lock.mode,
          expiriesOn: new Date(place.clock.now().getTime() + place.lock.forMs),
        },
      }
    : {}),
});

const md5Of = (content: Uint8Array): Buffer => hash('md5', content, 'buffer');

const atOnce = async (
  blob: BlockBlobClient,
  body: Body,
  attributes: BlockBlobCommitBlockListOptions,
  signal: AbortSignal,
) => {
  const content = await exactBuffer(body, signal);
  const md5 = md5Of(content);
  const told = await blob.upload(content, content.byteLength, { ...attributes, transactionalContentMD5: md5 });
  assertStored(md5, told.contentMD5);
  if (told.contentMD5 === undefined) await lookAgain(blob, content.byteLength, signal);
  return told;
};

/** Blocks that are never committed are seen by nobody, and Azure removes them after a week. */
const inBlocks = async (
  place: Place,
  blob: BlockBlobClient,
  body: Body,
  { attributes, signal }: { readonly attributes: BlockBlobCommitBlockListOptions; readonly signal: AbortSignal },
) => {
  const blocks: string[] = [];
  // The MD5 is part of the id: two uploads of one object with other contents never mix.
  for await (const content of exactParts(body, place.partSize, signal)) {
    const md5 = md5Of(content);
    const id = Buffer.from(`${String(blocks.length).padStart(6, '0')}-${md5.toString('hex')}`).toString('base64');
    const told = await blob.stageBlock(id, content, content.byteLength, {
      abortSignal: signal,
      transactionalContentMD5: md5,
    });
    assertStored(md5, told.contentMD5);
    blocks.push(id);
  }
  const told = await blob.commitBlockList(blocks, attributes);
  await lookAgain(blob, body.size, signal);
  return told;
};

/** For answers that prove nothing: at least something of the right size is there. */
const lookAgain = async (blob: BlockBlobClient, size: number, abortSignal: AbortSignal): Promise<void> => {
  const found = await blob.getProperties({ abortSignal }).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (found === undefined) throw notKept(`the service took "${blob.name}" and does not have it`);
  if (found.contentLength === size) return;
  throw notKept(`"${blob.name}" was stored with ${found.contentLength} bytes instead of ${size}`);
};

/** What another checksum was told of came to harm on its way. */
const assertStored = (md5: Buffer, told: Uint8Array | undefined): void => {
  if (told === undefined || md5.equals(told)) return;
  throw notKept('the content was damaged on its way');
};
