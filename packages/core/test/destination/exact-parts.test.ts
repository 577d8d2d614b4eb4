import { bodyOf, exactBuffer, exactParts } from '@triplicate/core';
import { seededBytes, seededRandom } from '@triplicate/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const signal = new AbortController().signal;

describe('exactParts', () => {
  it('cuts any body into full parts and a shorter last one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(50)),
        fc.integer({ min: 1, max: 64 }),
        fc.nat(),
        async (sizes, partSize, seed) => {
          const random = seededRandom(seed);
          const pieces = sizes.map((size) => seededBytes(random, size));
          const parts: Buffer[] = [];
          for await (const part of exactParts(bodyOf(...pieces), partSize, signal)) parts.push(Buffer.from(part));
          expect(Buffer.concat(parts)).toEqual(Buffer.concat(pieces));
          expect(parts.slice(0, -1).every(({ byteLength }) => byteLength === partSize)).toBe(true);
          expect(parts.every(({ byteLength }) => byteLength > 0 && byteLength <= partSize)).toBe(true);
        },
      ),
    );
  });

  it('fails for a body that is shorter than it says, also where a part is full', async () => {
    const parts = exactParts({ size: 9, open: () => bodyOf(Buffer.alloc(8)).open() }, 4, signal);
    await expect(Array.fromAsync(parts)).rejects.toMatchObject({ code: 'CORRUPT' });
  });

  it('has a body of any size as one buffer', async () => {
    for (const size of [0, 1, 100]) {
      const content = seededBytes(seededRandom(size), size);
      expect(await exactBuffer(bodyOf(content.subarray(0, size / 2), content.subarray(size / 2)), signal)).toEqual(
        content,
      );
    }
  });

  it('gives no buffer of a body that is shorter or longer than it says', async () => {
    for (const size of [7, 9]) {
      const body = { size, open: () => bodyOf(Buffer.alloc(8)).open() };
      await expect(exactBuffer(body, signal)).rejects.toMatchObject({ code: 'CORRUPT' });
    }
  });
});
