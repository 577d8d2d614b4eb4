import type { Readable } from 'node:stream';
import type { BlobClient } from '@azure/storage-blob';
import { answerContent, BackupError, type GetOptions, type HttpAnswer } from '@triplicate/core';
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
  const { contentLength, contentRange, _response } = answer;
  // As it came: what knows no ranges gives the whole object, and the part is taken out of it.
  const http: HttpAnswer = {
    status: _response.status,
    headers: {
      ...(contentLength === undefined ? {} : { 'content-length': String(contentLength) }),
      ...(contentRange === undefined ? {} : { 'content-range': contentRange }),
    },
    content,
  };
  yield* answerContent(http, range === undefined ? { signal } : { range, signal });
}
