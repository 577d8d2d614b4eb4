import type { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { answerContent, BackupError, type GetOptions, type HttpAnswer } from '@triplicate/core';
import type { Place } from './place.ts';

/** The bytes of an object, or exactly those of a range; fewer are an error. */
export async function* getObject(place: Place, key: string, { range, signal }: GetOptions): AsyncIterable<Uint8Array> {
  if (range?.length === 0) return await assertInside(place, key, { offset: range.offset, signal });
  const Range = range && `bytes=${range.offset}-${range.offset + range.length - 1}`;
  const answer = await place.client.getObject(
    { Bucket: place.bucket, Key: key, ...(Range === undefined ? {} : { Range }) },
    { abortSignal: signal },
  );
  const content = answer.Body as Readable;
  // Nobody may be reading any more when the connection breaks.
  content.on('error', () => undefined);
  yield* answerContent(asHttp(answer, content), range === undefined ? { signal } : { range, signal });
}

/** As it came: a service that knows no ranges gives the whole object, and the part is taken out of it. */
const asHttp = ({ $metadata, ContentLength, ContentRange }: GetObjectCommandOutput, content: Readable): HttpAnswer => ({
  status: $metadata.httpStatusCode ?? 0,
  headers: {
    ...(ContentLength === undefined ? {} : { 'content-length': String(ContentLength) }),
    ...(ContentRange === undefined ? {} : { 'content-range': ContentRange }),
  },
  content,
});

const assertInside = async (
  { bucket, client }: Place,
  key: string,
  { offset, signal }: { readonly offset: number; readonly signal: AbortSignal },
): Promise<void> => {
  const { ContentLength = 0 } = await client.headObject({ Bucket: bucket, Key: key }, { abortSignal: signal });
  if (offset > ContentLength) throw new BackupError('INVALID_RANGE', `"${key}" ends before ${offset}`);
};
