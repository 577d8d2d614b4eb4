import { createHash, hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFastCdc, fastcdcConstants, openFastCdc } from '../../src/transform/fastcdc.ts';
import { createPlainGearScanner, deriveGear } from '../../src/transform/gear.ts';
import { openRabin } from '../../src/transform/rabin.ts';
import type { Scanner } from '../../src/transform/scanner.ts';
import type { Chunker } from '../../src/transform/transform.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';
import { assert } from '../repository/support/assert.ts';
import { cutPieces, cutWhole, mixedBytes, sum } from './support/cutting.ts';

const kib = 1024;
const mib = 1024 * kib;
const key = Uint8Array.from({ length: 32 }, (_, i) => i);

/** Chunk lengths of `seededBytes(1, size)` with the key 00 01 … 1f; also in ADR 2. If one of these ever changes, old chunks are not found again. */
const golden: readonly (readonly [average: number, size: number, lengths: readonly number[]])[] = [
  [
    mib,
    16 * mib,
    [
      1436210, 1218671, 1402654, 1197692, 1107516, 1359459, 1325608, 662914, 1052167, 924383, 1463178, 1062221, 1193860,
      1081405, 289278,
    ],
  ],
  [
    64 * kib,
    2 * mib,
    [
      66817, 89633, 76627, 95900, 49990, 66914, 69200, 67677, 42573, 79843, 48428, 56627, 76404, 97727, 66116, 112303,
      109986, 73595, 82419, 67168, 108151, 72121, 65779, 70004, 115285, 65578, 104287,
    ],
  ],
  [4 * mib, 16 * mib, [5255227, 4455497, 4440925, 2625567]],
  [
    100_000,
    2 * mib,
    [
      233077, 145890, 104712, 104126, 117369, 105055, 101646, 103486, 147418, 109986, 156014, 123221, 111571, 148431,
      116791, 106689, 61670,
    ],
  ],
];

const data = seededBytes(1, 16 * mib);
const openPlain = (average: number): Chunker => createFastCdc(average, createPlainGearScanner(deriveGear(key)));

describe('the gear table', () => {
  it('is the key stream that the decision record describes', () => {
    const table = deriveGear(key);
    expect([table[0], table[255]]).toEqual([0xd09f492ab60090f2n, 0x99e3f8f9b6c57b1cn]);
    expect(createHash('sha256').update(new Uint8Array(table.buffer)).digest('hex')).toBe(
      '7bb5efb323a159a0310e83b87286e596d177ce0b7d0d594f08ea6dc3f9c9d3c2',
    );
  });
});

describe('FastCDC', () => {
  it.each(golden)('with average %i cuts %i known bytes as it always has', (average, size, lengths) => {
    expect(cutWhole(openFastCdc(average, key), data.subarray(0, size))).toEqual(lengths);
  });

  it.each(golden)('with average %i cuts %i bytes the same without WebAssembly', (average, size, lengths) => {
    expect(cutWhole(openPlain(average), data.subarray(0, size))).toEqual(lengths);
  });

  it('cuts elsewhere with another key', () => {
    const other = cutWhole(openFastCdc(64 * kib, new Uint8Array(32)), data.subarray(0, 2 * mib));
    expect(other.filter((length) => golden[1]?.[2].includes(length))).toEqual([]);
  });

  it('cuts what has no boundary at its greatest length', () => {
    expect(cutWhole(openFastCdc(mib, key), new Uint8Array(9 * mib))).toEqual([8 * mib, mib]);
  });

  it('gives chunks of about the average', () => {
    const lengths = cutWhole(openFastCdc(64 * kib, key), data);
    expect(sum(lengths) / lengths.length / (64 * kib)).toBeCloseTo(1.19, 1);
  });

  it('does not cut a file that is no longer than the shortest chunk', () => {
    const { min } = fastcdcConstants(64 * kib);
    const chunker = openFastCdc(64 * kib, key);
    expect([1, 64, 65, min].map((size) => chunker.cut(data.subarray(0, size), true))).toEqual([1, 64, 65, min]);
  });

  it('looks at every length once, with the bound that it has', () => {
    const asked: unknown[] = [];
    const scanner: Scanner = { find: (_, { from, to }, bound) => (asked.push([from, to, bound]), 0) };
    expect(createFastCdc(mib, scanner).cut(data, false)).toBe(8 * mib);
    expect(asked).toEqual([
      [mib / 2, mib, 1024],
      [mib + 1, 8 * mib, 16_384],
    ]);
  });

  it('refuses a window that is too short to be cut', () => {
    const chunker = openFastCdc(64 * kib, key);
    expect(() => chunker.cut(data.subarray(0, chunker.maxSize - 1), false)).toThrow(TypeError);
  });
});

describe('cutting mixed data', () => {
  const average = 64 * kib;
  const { min, max } = fastcdcConstants(average);
  const chunker = openFastCdc(average, key);

  it('gives chunks within the bounds that are the data when joined', () => {
    assert.holds(
      fc.tuple(fc.nat(1000), fc.integer({ min: 1, max: 3 * mib })),
      ([seed, size]) => {
        const lengths = cutWhole(chunker, mixedBytes(seed, size));
        expect(sum(lengths)).toBe(size);
        expect(Math.max(...lengths)).toBeLessThanOrEqual(max);
        expect(Math.min(min, ...lengths.slice(0, -1))).toBe(min);
      },
      20,
    );
  });

  it('gives the same chunks however the data arrives, with or without memory of the chunker', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400_000 }), { minLength: 1, maxLength: 12 });
    assert.holds(
      fc.tuple(fc.nat(1000), sizes, fc.boolean()),
      ([seed, pieceSizes, own]) => {
        const whole = mixedBytes(seed, sum(pieceSizes));
        let at = 0;
        const pieces = pieceSizes.map((size) => whole.subarray(at, (at += size)));
        const window = own ? chunker.buffer?.(2 * max) : new Uint8Array(new SharedArrayBuffer(2 * max));
        expect(cutPieces(chunker, pieces, window ?? new Uint8Array())).toEqual(cutWhole(chunker, whole));
      },
      20,
    );
  });

  it('gives the same chunks in plain JavaScript', () => {
    const mixed = mixedBytes(7, 6 * mib);
    expect(cutWhole(openPlain(average), mixed)).toEqual(cutWhole(chunker, mixed));
  });
});

/** How much of `after` is not among the chunks of `before`. */
const newShare = (chunker: Chunker, before: Uint8Array, after: Uint8Array): number => {
  const chunksOf = (bytes: Uint8Array): Map<string, number> => {
    let at = 0;
    return new Map(cutWhole(chunker, bytes).map((size) => [hash('sha256', bytes.subarray(at, (at += size))), size]));
  };
  const known = chunksOf(before);
  return sum([...chunksOf(after)].map(([id, size]) => (known.has(id) ? 0 : size))) / after.length;
};

describe('deduplication', () => {
  it('finds nearly everything again after a byte was put in', () => {
    assert.holds(
      fc.tuple(fc.nat(8 * mib), fc.nat(255)),
      ([at, byte]) => {
        const before = data.subarray(0, 8 * mib);
        const after = Buffer.concat([before.subarray(0, at), Uint8Array.of(byte), before.subarray(at)]);
        expect(newShare(openFastCdc(64 * kib, key), before, after)).toBeLessThan(0.06);
      },
      10,
    );
  });

  it('stores less of changed data anew than Rabin with its own constants', () => {
    const edits = Array.from({ length: 6 }, (_, i) => Math.floor(((i + 0.37) * data.length) / 6));
    const pieces = edits.map((at, i) => [data.subarray(edits[i - 1] ?? 0, at), seededBytes(100 + i, 300 * i)]);
    const after = Buffer.concat([...pieces.flat(), data.subarray(edits.at(-1))]);
    const ours = newShare(openFastCdc(mib, key), data, after);
    expect(ours).toBeGreaterThan(0);
    expect(ours).toBeLessThan(newShare(openRabin('3da3358b4dc173'), data, after));
  });
});
