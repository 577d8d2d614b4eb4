import { BackupError } from '../errors.ts';
import { abortableItems } from './abortable.ts';
import type { GetOptions } from './destination.ts';
import type { HttpAnswer } from './http-exchange.ts';

/** What asks a server for this part of an object alone; a range of no bytes cannot be asked for. */
export const rangeHeader = (range: GetOptions['range']): Readonly<Record<string, string>> =>
  range === undefined ? {} : { range: `bytes=${range.offset}-${range.offset + range.length - 1}` };

/**
 * The content of an answer with status 200 or 206, exactly as long as it was announced or as the range is: INVALID_RANGE where the object
 * ends before, UNAVAILABLE where it broke off. Out of a whole object that comes although a part was asked for, as from servers and proxies
 * that do not know ranges, the part is taken.
 */
export async function* answerContent(answer: HttpAnswer, { range, signal }: GetOptions): AsyncIterable<Uint8Array> {
  const { content } = answer;
  try {
    const pieces = abortableItems<Uint8Array>(content, signal);
    if (range === undefined) yield* exactly(pieces, wholeSize(answer));
    else if (answer.status === 206) yield* exactly(pieces, partSize(answer, range));
    else {
      if (range.offset + range.length > wholeSize(answer)) throw outside(range);
      yield* cutOut(pieces, range);
    }
  } finally {
    content.destroy();
  }
}

type Range = NonNullable<GetOptions['range']>;

async function* exactly(pieces: AsyncIterable<Uint8Array>, expected: number): AsyncIterable<Uint8Array> {
  let received = 0;
  for await (const piece of pieces) {
    received += piece.byteLength;
    yield piece;
  }
  if (received !== expected) throw brokeOff(received, expected);
}

/** What follows is not waited for: it may be most of the object. */
async function* cutOut(pieces: AsyncIterable<Uint8Array>, { length, offset }: Range): AsyncIterable<Uint8Array> {
  const end = offset + length;
  let received = 0;
  for await (const piece of pieces) {
    const wanted = piece.subarray(Math.max(0, offset - received), Math.max(0, end - received));
    received += piece.byteLength;
    if (wanted.byteLength > 0) yield wanted;
    if (received >= end) return;
  }
  throw brokeOff(received, end);
}

const wholeSize = ({ headers, status }: HttpAnswer): number => {
  const length = headers['content-length'] ?? '';
  if (status === 200 && /^\d+$/.test(length)) return Number(length);
  throw new BackupError('UNAVAILABLE', 'the server does not say how long the object is');
};

const partSize = ({ headers }: HttpAnswer, range: Range): number => {
  const [, from, to] = /^bytes (\d+)-(\d+)\//.exec(headers['content-range'] ?? '') ?? [];
  if (Number(from) === range.offset && Number(to) === range.offset + range.length - 1) return range.length;
  throw outside(range);
};

const outside = ({ length, offset }: Range): BackupError =>
  new BackupError('INVALID_RANGE', `the object has no ${length} bytes from ${offset} on`);

const brokeOff = (received: number, expected: number): BackupError =>
  new BackupError('UNAVAILABLE', `the content broke off after ${received} of ${expected} bytes`);
