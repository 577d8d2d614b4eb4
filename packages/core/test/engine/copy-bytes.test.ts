import { describe, expect, it } from 'vitest';
import { copyBytes } from '../../src/engine/copy-bytes.ts';

const sizes = [0, 1, 2, 1023, 1024, 1025, 4096, 70_001];
const memories = {
  shared: (bytes: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(bytes)),
  own: (bytes: number): Uint8Array => new Uint8Array(bytes),
};

describe('copying bytes', () => {
  it.each([
    ['own', 'shared'],
    ['shared', 'own'],
    ['shared', 'shared'],
    ['own', 'own'],
  ] as const)('from %s to %s memory takes all of them and touches no other', (source, target) => {
    for (const size of sizes) {
      const from = memories[source](size + 7).subarray(5, 5 + size);
      for (let i = 0; i < size; i += 1) from[i] = 1 + (i % 251);
      const to = memories[target](size + 6);
      copyBytes(from, to, 3);
      expect(Buffer.from(to).equals(Buffer.concat([Buffer.alloc(3), from, Buffer.alloc(3)]))).toBe(true);
    }
  });

  it.each([10, 5000])('refuses %i bytes where there is no room for them', (size) => {
    expect(() => copyBytes(new Uint8Array(size), new Uint8Array(size + 2), 3)).toThrow(RangeError);
  });
});
