import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { answerContent, collect, type HttpAnswer } from '../../src/index.ts';
import { seededBytes, seededRandom } from '../../src/testing/index.ts';

const signal = new AbortController().signal;
const object = seededBytes(seededRandom(3), 10_000);

const answer = (pieces: readonly Buffer[], length = String(object.byteLength)): HttpAnswer => ({
  status: 200,
  headers: { 'content-length': length },
  content: Readable.from(pieces, { objectMode: false }),
});

const inPieces = (size: number): Buffer[] =>
  Array.from({ length: Math.ceil(object.byteLength / size) }, (_, i) => object.subarray(i * size, (i + 1) * size));

describe('the content of an answer that is whole although a part was asked for', () => {
  it('is that part, wherever the pieces end', async () => {
    for (const size of [1, 7, 1000, 10_000]) {
      for (const [offset, length] of [
        [0, 1],
        [0, 10_000],
        [999, 2],
        [1000, 1000],
        [9_999, 1],
      ] as const) {
        const content = answerContent(answer(inPieces(size)), { range: { offset, length }, signal });
        expect((await collect(content)).equals(object.subarray(offset, offset + length))).toBe(true);
      }
    }
  });

  it('is read no further than to the end of the part', async () => {
    const whole = answer(inPieces(100));
    await collect(answerContent(whole, { range: { offset: 150, length: 100 }, signal }));
    expect(whole.content.destroyed).toBe(true);
    expect(whole.content.readableEnded).toBe(false);
  });

  it('is refused where the object ends before the part does, breaks off, or has no length', async () => {
    const read = (given: HttpAnswer, offset: number): Promise<Buffer> =>
      collect(answerContent(given, { range: { offset, length: 2 }, signal }));
    for (const offset of [9_999, 10_000, 50_000]) {
      await expect(read(answer(inPieces(1000)), offset)).rejects.toMatchObject({ code: 'INVALID_RANGE' });
    }
    await expect(read(answer(inPieces(1000).slice(0, 3)), 2_999)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(read(answer(inPieces(1000), ''), 0)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
