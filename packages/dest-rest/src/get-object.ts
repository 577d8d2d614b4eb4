import { abortableItems, BackupError, type GetOptions, type HttpAnswer } from '@triplicate/core';
import type { Place } from './places.ts';
import type { RestProtocol } from './protocol.ts';

/** The bytes of an object, or exactly those of a range; fewer are an error. */
export async function* getObject(
  protocol: RestProtocol,
  place: Place,
  { range, signal }: GetOptions,
): AsyncIterable<Uint8Array> {
  if (range?.length === 0) return await assertInside(protocol, place, { offset: range.offset, signal });
  const bytes = range && `bytes=${range.offset}-${range.offset + range.length - 1}`;
  const answer = await protocol.read(place, bytes, signal);
  const { content } = answer;
  try {
    const expected = expectedSize(answer, range);
    let received = 0;
    for await (const piece of abortableItems<Uint8Array>(content, signal)) {
      received += piece.byteLength;
      yield piece;
    }
    if (received !== expected) {
      throw new BackupError('UNAVAILABLE', `the content broke off after ${received} of ${expected} bytes`);
    }
  } finally {
    content.destroy();
  }
}

const expectedSize = ({ headers, status }: HttpAnswer, range: GetOptions['range']): number => {
  const length = Number(headers['content-length'] ?? Number.NaN);
  if (range === undefined) {
    if (Number.isInteger(length)) return length;
    throw new BackupError('UNAVAILABLE', 'the server does not say how long the object is');
  }
  if (status !== 206) throw new BackupError('UNSUPPORTED', 'the server gives no parts of objects');
  const [, from, to] = /^bytes (\d+)-(\d+)\//.exec(headers['content-range'] ?? '') ?? [];
  if (Number(from) === range.offset && Number(to) === range.offset + range.length - 1) return range.length;
  throw new BackupError('INVALID_RANGE', `the object has no ${range.length} bytes from ${range.offset} on`);
};

const assertInside = async (
  protocol: RestProtocol,
  place: Place,
  { offset, signal }: { readonly offset: number; readonly signal: AbortSignal },
): Promise<void> => {
  const found = await protocol.look(place, signal);
  if (found === undefined) throw new BackupError('NOT_FOUND', 'there is no such object');
  if (offset > found.size) throw new BackupError('INVALID_RANGE', `the object ends before ${offset}`);
};
