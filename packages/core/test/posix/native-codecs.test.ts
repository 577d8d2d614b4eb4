import { hash, randomBytes } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nativeAes } from '../../src/posix/native-aes.ts';
import { lanes } from '../../src/posix/hash-pair.ts';
import { nativeHashPair } from '../../src/posix/native-hash-pair.ts';
import { nativePoly1305 } from '../../src/posix/native-poly1305.ts';
import { nativeSha256 } from '../../src/posix/native-sha256.ts';
import { nativeZstd } from '../../src/posix/native-zstd.ts';
import { nodeAes, sodiumPoly1305 } from '../../src/repository/crypto.ts';
import { assert } from '../repository/support/assert.ts';

const shared = (bytes: Uint8Array): Uint8Array => {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  copy.set(bytes);
  return copy;
};
const here = process.platform === 'linux' || process.platform === 'darwin';

describe.skipIf(!here)('AES through the seam (skipped on Windows, where nothing is called through the seam)', () => {
  const key = { encrypt: randomBytes(32), macK: randomBytes(16) };
  const native = nativeAes(key.encrypt, key.macK);

  it('is there, and gives what node:crypto gives', () => {
    const node = nodeAes(key);
    assert.holds(
      fc.tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.uint8Array({ maxLength: 200_000 })),
      ([iv, input]) => {
        const [a, b] = [shared(new Uint8Array(input.length)), new Uint8Array(input.length)];
        native?.ctr(iv, shared(input), a);
        node.ctr(iv, input, b);
        expect(Buffer.compare(a, b)).toBe(0);
        const [c, d] = [new Uint8Array(16), new Uint8Array(16)];
        native?.block(iv, c);
        node.block(iv, d);
        expect(c).toEqual(d);
      },
      100,
    );
    expect(native).toBeDefined();
  });

  it('writes nowhere when there is no room', () => {
    expect(() => native?.ctr(new Uint8Array(16), new Uint8Array(20), new Uint8Array(19))).toThrow(RangeError);
    expect(() => native?.ctr(new Uint8Array(15), new Uint8Array(20), new Uint8Array(20))).toThrow(RangeError);
    expect(() => native?.block(new Uint8Array(16), new Uint8Array(15))).toThrow(RangeError);
  });

  it('wants keys of the right length', () => {
    expect(nativeAes(new Uint8Array(16), new Uint8Array(16))).toBeUndefined();
  });
});

describe.skipIf(!here)(
  'Poly1305 through the seam (skipped on Windows, where nothing is called through the seam)',
  () => {
    const native = nativePoly1305();

    it('is there, and gives what libsodium gives, whatever is in the key', () => {
      const sodium = sodiumPoly1305();
      assert.holds(
        fc.tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 5000 })),
        ([key, message]) => {
          const [a, b] = [shared(new Uint8Array(16)), new Uint8Array(16)];
          native?.(a, shared(message), key);
          sodium(b, message, key);
          expect(Buffer.compare(a, b)).toBe(0);
        },
        300,
      );
      expect(native).toBeDefined();
    });

    it('wants a key of the right length, and room for the code', () => {
      expect(() => native?.(new Uint8Array(16), new Uint8Array(9), new Uint8Array(31))).toThrow(RangeError);
      expect(() => native?.(new Uint8Array(15), new Uint8Array(9), new Uint8Array(32))).toThrow(RangeError);
    });
  },
);

describe.skipIf(!here)('zstd through the seam (skipped on Windows, where nothing is called through the seam)', () => {
  const zstd = nativeZstd();

  it('makes frames that node:zlib reads, and reads those that it makes', () => {
    assert.holds(
      fc.tuple(
        fc.string({ unit: fc.constantFrom('a', 'bc', 'def'), maxLength: 50_000 }),
        fc.integer({ min: 1, max: 19 }),
      ),
      ([text, level]) => {
        const input = shared(Buffer.from(`${text}.`));
        const room = shared(new Uint8Array(input.length + 200));
        const size = zstd?.compress(level, input, room) ?? 0;
        expect(Buffer.compare(zstdDecompressSync(Buffer.from(room.subarray(0, size))), input)).toBe(0);
        const back = shared(new Uint8Array(input.length));
        expect(zstd?.decompress(shared(zstdCompressSync(input)), back)).toBe(input.length);
        expect(Buffer.compare(back, input)).toBe(0);
      },
      60,
    );
    expect(zstd).toBeDefined();
  });

  it('says so when there is no room or no frame, and goes on afterwards', () => {
    const input = randomBytes(1000);
    const frame = zstdCompressSync(input);
    expect(zstd?.compress(3, input, new Uint8Array(100))).toBeUndefined();
    expect(zstd?.decompress(frame, new Uint8Array(999))).toBeUndefined();
    expect(zstd?.decompress(frame.subarray(0, -1), new Uint8Array(1000))).toBeUndefined();
    expect(zstd?.decompress(input, new Uint8Array(1000))).toBeUndefined();
    expect(zstd?.decompress(frame, new Uint8Array(1000))).toBe(1000);
  });
});

describe.skipIf(!here)(
  'SHA-256 through the seam (skipped on Windows, where nothing is called through the seam)',
  () => {
    it('is there, and gives what node:crypto gives, of several at the same time', async () => {
      const beside = nativeSha256();
      const inputs = [0, 1, 63, 64, 1_000_000, 5_000_001].map((length) => randomBytes(length));
      const shifted = randomBytes(1000).subarray(7, 900);
      const all = [...inputs, shifted];
      expect(await Promise.all(all.map(async (input) => beside?.(input)))).toEqual(
        all.map((input) => hash('sha256', input)),
      );
    });
  },
);

const pair = here ? nativeHashPair() : undefined;

describe.skipIf(pair === undefined)(
  'SHA-256 of two texts through the seam (skipped where the processor has no instructions for it)',
  () => {
    const text = fc.integer({ min: 0, max: 100_000 }).map((length) => shared(randomBytes(length)));

    it('gives what node:crypto gives, whichever ends first and whatever comes after it', () => {
      assert.holds(
        fc.tuple(text, fc.array(fc.tuple(text, fc.boolean()), { maxLength: 6 })),
        ([long, others]) => {
          pair?.begin(0, long);
          for (const [other, isLeft] of others) {
            pair?.begin(1, other);
            const told = isLeft ? undefined : pair?.end(1);
            expect(told).toBe(isLeft ? undefined : hash('sha256', other));
          }
          expect(pair?.end(0)).toBe(hash('sha256', long));
        },
        60,
      );
    });

    it('gives it of as many as there are lanes, hashed on beside each other in any order', () => {
      const order = fc.shuffledSubarray([...lanes], { minLength: lanes.length });
      assert.holds(
        fc.tuple(fc.array(text, { minLength: lanes.length, maxLength: lanes.length }), order, fc.boolean()),
        ([texts, ends, isAsked]) => {
          for (const lane of lanes) pair?.begin(lane, texts[lane] ?? new Uint8Array(0));
          for (const lane of ends) {
            if (isAsked) pair?.lacks(lane);
            expect(pair?.end(lane)).toBe(hash('sha256', texts[lane] ?? ''));
          }
        },
        60,
      );
    });

    it('gives nothing of what was not begun', () => {
      pair?.begin(0, new Uint8Array(3));
      pair?.end(0);
      expect(() => pair?.end(0)).toThrow(TypeError);
    });
  },
);
