/** What every destination over HTTP has to make of a service that gives whole objects where a part was asked for. */
import { collect, type Destination } from '@triplicate/core';
import { seededBytes, seededRandom } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWholeObjects, type WholeObjects } from '../servers/whole-objects.ts';

/** `open` opens a destination on the service at this port of the loopback address. */
export const testWholeObjects = (open: (port: number) => Promise<Destination>): void => {
  const signal = new AbortController().signal;
  const content = seededBytes(seededRandom(1), 300_000);
  let server: WholeObjects;
  beforeAll(async () => {
    server = await startWholeObjects(content);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const read = async (offset: number, length: number): Promise<Buffer> => {
    await using destination = await open(server.port);
    return collect(destination.get('data/x', { range: { offset, length }, signal }));
  };

  describe('a service that does not know ranges', () => {
    it('gives the whole object, of which the part is taken', async () => {
      server.answer = undefined;
      for (const [offset, length] of [
        [0, 300_000],
        [0, 1],
        [299_999, 1],
        [100_000, 65_536],
      ] as const)
        expect((await read(offset, length)).equals(content.subarray(offset, offset + length))).toBe(true);
    });

    it('is not believed to have given a part because the whole has the same length', async () => {
      server.answer = undefined;
      await expect(read(150_000, 300_000)).rejects.toMatchObject({ code: 'INVALID_RANGE' });
    });

    it('gives no other part than was asked for', async () => {
      for (const headers of [{}, { 'content-range': 'bytes 0-299999/600000' }]) {
        server.answer = { status: 206, headers };
        await expect(read(300_000, 300_000)).rejects.toMatchObject({ code: 'INVALID_RANGE' });
      }
    });
  });
};
