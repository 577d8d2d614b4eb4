import { BackupError } from '../errors.ts';
import { abortableItems } from './abortable.ts';
import type { GetOptions } from './destination.ts';
import type { HttpAnswer } from './http-exchange.ts';

/** What asks a server for this part of an object alone; a range of no bytes cannot be asked for. */
export const rangeHeader = (range: GetOptions['range']): Readonly<Record<string, string>> =>
  range === undefined ? {} : { range: `bytes=${range.offset}-${range.offset + range.length - 1}` };

/**
 * The content of an answer with status 200 or 206, exactly as long as it was announced or as the range is: INVALID_RANGE where the object
 * ends before, UNSUPPORTED where the server gives no parts, UNAVAILABLE where it broke off.
 */
export async function* answerContent(answer: HttpAnswer, { range, signal }: GetOptions): AsyncIterable<Uint8Array> {
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
    if (status === 200 && Number.isInteger(length)) return length;
    throw new BackupError('UNAVAILABLE', 'the server does not say how long the object is');
  }
  if (status !== 206) throw new BackupError('UNSUPPORTED', 'the server gives no parts of objects');
  const [, from, to] = /^bytes (\d+)-(\d+)\//.exec(headers['content-range'] ?? '') ?? [];
  if (Number(from) === range.offset && Number(to) === range.offset + range.length - 1) return range.length;
  throw new BackupError('INVALID_RANGE', `the object has no ${range.length} bytes from ${range.offset} on`);
};
