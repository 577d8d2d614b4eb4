import type { Readable } from 'node:stream';
import type { BlobClient } from '@azure/storage-blob';
import { abortableItems, BackupError, type GetOptions } from '@triplicate/core';
import type { Place } from './place.ts';

/** The bytes of an object, or exactly those of a range; fewer are an error. */
export const getBlob = ({ client }: Place, key: string, options: GetOptions): AsyncIterable<Uint8Array> =>
  readBlob(client.getBlobClient(key), options);

/** The same for a blob, or a version of one. */
export async function* readBlob(blob: BlobClient, { range, signal }: GetOptions): AsyncIterable<Uint8Array> {
  const key = blob.name;
  if (range?.length === 0) {
    const { contentLength = 0 } = await blob.getProperties({ abortSignal: signal });
    if (range.offset > contentLength) throw new BackupError('INVALID_RANGE', `"${key}" ends before ${range.offset}`);
    return;
  }
  const answer = await blob.download(range?.offset, range?.length, { abortSignal: signal, maxRetryRequests: 0 });
  const content = answer.readableStreamBody as Readable | undefined;
  if (content === undefined) throw new BackupError('UNAVAILABLE', `"${key}" came without content`);
  // Nobody may be reading any more when the connection breaks.
  content.on('error', () => undefined);
  try {
    const expected = answer.contentLength;
    if (range !== undefined && expected !== range.length) {
      throw new BackupError('INVALID_RANGE', `"${key}" has no ${range.length} bytes from ${range.offset} on`);
    }
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
