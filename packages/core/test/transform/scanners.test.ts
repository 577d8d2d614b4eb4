import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPlainGearScanner, deriveGear, openGearScanner } from '../../src/transform/gear.ts';
import { createPlainRabinScanner, openRabinScanner } from '../../src/transform/rabin-scanner.ts';
import { rabinTables } from '../../src/transform/rabin-tables.ts';
import type { Scanner } from '../../src/transform/scanner.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';
import { assert } from '../repository/support/assert.ts';

const gear = deriveGear(seededBytes(9, 32));
const rabin = rabinTables('3da3358b4dc173');

const hashes: readonly (readonly [string, () => Scanner, () => Scanner, fc.Arbitrary<number>])[] = [
  // As bounds: from a place in four to one in four billions.
  ['gear', () => openGearScanner(gear), () => createPlainGearScanner(gear), fc.nat(30).map((bits) => 2 ** bits)],
  [
    'Rabin',
    () => openRabinScanner(rabin),
    () => createPlainRabinScanner(rabin),
    fc.integer({ min: 2, max: 31 }).map((bits) => 2 ** bits - 1),
  ],
];

/** Noise, or one byte with a few others: where a hash repeats, so do its cuts. */
const windows = fc
  .record({ seed: fc.nat(), size: fc.integer({ min: 200, max: 140_000 }), flat: fc.boolean() })
  .map(({ seed, size, flat }) => {
    const bytes = seededBytes(seed, size);
    if (flat) bytes.fill(bytes[0] ?? 0, Math.floor(size / 5), Math.floor(size / 2));
    return bytes;
  });

describe.each(hashes)('the %s scanner in WebAssembly', (_, openFast, openPlain, bounds) => {
  const fast = openFast();
  const plain = openPlain();
  const ranges = fc.tuple(fc.integer({ min: 65, max: 70_000 }), fc.integer({ min: 0, max: 140_000 }));

  it('finds what the plain one finds, wherever the window stands', () => {
    const own = fast.buffer?.(150_000);
    if (own === undefined) throw new Error('there is no WebAssembly here');
    assert.holds(
      fc.tuple(windows, ranges, bounds, fc.nat(500)),
      ([window, [low, length], bound, shift]) => {
        const from = Math.min(low, window.length);
        const range = { from, to: Math.min(window.length, from + length) };
        const expected = plain.find(window, range, bound);
        expect(fast.find(window, range, bound)).toBe(expected);
        own.set(window, shift);
        expect(fast.find(own.subarray(shift, shift + window.length), range, bound)).toBe(expected);
      },
      150,
    );
  });

  it('finds the earliest of many places in all lanes', () => {
    const window = seededBytes(3, 100_000);
    const bound = _ === 'gear' ? 2 ** 18 : 2 ** 14 - 1;
    const all = (scanner: Scanner): number[] => {
      const places: number[] = [];
      for (let n = scanner.find(window, { from: 65, to: window.length }, bound); n > 0;) {
        places.push(n);
        n = scanner.find(window, { from: n + 1, to: window.length }, bound);
      }
      return places;
    };
    expect(all(fast).length).toBeGreaterThan(2);
    expect(all(fast)).toEqual(all(plain));
  });

  it('finds nothing in an empty range', () => {
    expect(fast.find(new Uint8Array(100), { from: 100, to: 99 }, 1)).toBe(0);
  });

  it('gives memory anew when more is wanted, and goes on', () => {
    const scanner = openFast();
    scanner.buffer?.(100_000);
    const room = scanner.buffer?.(1_000_000);
    expect(room?.length).toBe(1_000_000);
    room?.set(seededBytes(4, 1_000_000));
    const range = { from: 65, to: 1_000_000 };
    expect(scanner.find(room ?? new Uint8Array(), range, 4095)).toBe(
      plain.find(seededBytes(4, 1_000_000), range, 4095),
    );
  });
});
