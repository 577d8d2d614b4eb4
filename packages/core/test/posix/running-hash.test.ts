import { hash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlainRunningHash, runningHash } from '../../src/posix/running-hash.ts';
import { assert } from '../repository/support/assert.ts';

const random = randomBytes(300_000);
const place = (): Uint8Array => new Uint8Array(new SharedArrayBuffer(1_000_000));

describe.each([
  ['as this computer does it', runningHash],
  ['one after the other', (bytes: Uint8Array) => new PlainRunningHash(bytes)],
])('a hash of bytes that come, %s', (_how, make) => {
  it('is that of all of them, and so are those of the texts beside it', () => {
    const length = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 8000, max: 150_000 }));
    const step = fc.record({ comes: length, text: length, from: fc.integer({ min: 0, max: 1000 }) });
    assert.holds(
      fc.array(step, { maxLength: 6 }),
      (steps) => {
        const bytes = place();
        const running = make(bytes);
        let size = 0;
        for (const { comes, text, from } of steps) {
          bytes.set(random.subarray(from, from + comes), size);
          size += comes;
          running.grow(size);
          const other = random.subarray(from + 7, from + 7 + text);
          expect(running.beside(other).equals(hash('sha256', other, 'buffer'))).toBe(true);
        }
        expect(running.digest().equals(hash('sha256', bytes.subarray(0, size), 'buffer'))).toBe(true);
      },
      100,
    );
  });

  it('of two places at a time is of each alone', () => {
    const [a, b] = [place(), place()];
    const [first, second] = [make(a), make(b)];
    a.set(random);
    b.set(random.subarray(5));
    first.grow(200_000);
    second.grow(250_000);
    for (const running of [first, second, first])
      expect(running.beside(random).equals(hash('sha256', random, 'buffer'))).toBe(true);
    expect(first.digest().equals(hash('sha256', a.subarray(0, 200_000), 'buffer'))).toBe(true);
    expect(second.digest().equals(hash('sha256', b.subarray(0, 250_000), 'buffer'))).toBe(true);
  });
});
