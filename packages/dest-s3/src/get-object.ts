import type { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { abortableItems, BackupError, type GetOptions } from '@triplicate/core';
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
  try {
    const expected = expectedSize(key, answer, range);
    let received = 0;
    for await (const piece of abortableItems<Uint8Array>(content, signal)) {
      received += piece.byteLength;
      yield piece;
    }
    if (expected !== undefined && received !== expected) {
      throw new BackupError('UNAVAILABLE', `"${key}" broke off after ${received} of ${expected} bytes`);
    }
  } finally {
    content.destroy();
  }
}

const expectedSize = (
  key: string,
  { ContentLength, ContentRange }: GetObjectCommandOutput,
  range: GetOptions['range'],
): number | undefined => {
  if (range === undefined) return ContentLength;
  const [, from, to] = /^bytes (\d+)-(\d+)\//.exec(ContentRange ?? '') ?? [];
  if (from === undefined) throw new BackupError('UNSUPPORTED', `the service gives no part of "${key}"`);
  const length = Number(to) - Number(from) + 1;
  if (Number(from) === range.offset && length === range.length) return length;
  throw new BackupError('INVALID_RANGE', `"${key}" has no ${range.length} bytes from ${range.offset} on`);
};

const assertInside = async (
  { bucket, client }: Place,
  key: string,
  { offset, signal }: { readonly offset: number; readonly signal: AbortSignal },
): Promise<void> => {
  const { ContentLength = 0 } = await client.headObject({ Bucket: bucket, Key: key }, { abortSignal: signal });
  if (offset > ContentLength) throw new BackupError('INVALID_RANGE', `"${key}" ends before ${offset}`);
};
