import { hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPlainRabinScanner } from '../../src/transform/rabin-scanner.ts';
import { rabinTables } from '../../src/transform/rabin-tables.ts';
import { createRabin, openRabin } from '../../src/transform/rabin.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';
import { assert } from '../repository/support/assert.ts';
import { needsRestic, Restic, resticVersion } from '../repository/support/restic.ts';
import { cutPieces, cutWhole, mixedBytes, sum } from './support/cutting.ts';

const mib = 1024 * 1024;
const polynomial = '3da3358b4dc173';

/** By definition: the bytes as one long polynomial, reduced bit by bit. */
const remainderOf = (bytes: Uint8Array, divisor: bigint): bigint =>
  bytes.reduce((rest, byte) => {
    let next = (rest << 8n) | BigInt(byte);
    for (let bit = 60n; bit >= 53n; bit -= 1n) if ((next >> bit) & 1n) next ^= divisor << (bit - 53n);
    return next;
  }, 0n);

describe('the tables of a polynomial', () => {
  it('reduce and forget as division by it does', () => {
    const { out, mod } = rabinTables(polynomial);
    const divisor = BigInt(`0x${polynomial}`);
    assert.holds(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
      let digest = 0n;
      bytes.forEach((byte, i) => {
        if (i >= 64) digest ^= out[bytes[i - 64] ?? 0] ?? 0n;
        digest = ((digest << 8n) | BigInt(byte)) ^ (mod[Number(digest >> 45n)] ?? 0n);
      });
      expect(digest).toBe(remainderOf(bytes.subarray(-64), divisor));
    });
  });

  it.each(['', 'x', '3da3358b4dc17', '7fffffffffffffff', '-3da3358b4dc173'])('are refused for "%s"', async (hex) => {
    await assert.fails(() => rabinTables(hex), 'UNSUPPORTED');
  });
});

describe('the Rabin chunker', () => {
  const chunker = openRabin(polynomial);

  it('cuts known bytes as it always has', () => {
    expect(cutWhole(chunker, seededBytes(1, 16 * mib))).toEqual([
      1125443, 1680827, 1419196, 994472, 2890467, 896970, 988482, 1506796, 1339694, 1199286, 1293545, 1379801, 62237,
    ]);
  });

  it('cuts zeros, whose fingerprint is zero, at the smallest length', () => {
    expect(cutWhole(chunker, new Uint8Array(mib + 1))).toEqual([mib / 2, mib / 2, 1]);
  });

  it('cuts the same in plain JavaScript and however the data arrives', () => {
    const whole = mixedBytes(3, 12 * mib);
    const expected = cutWhole(chunker, whole);
    expect(cutWhole(createRabin(createPlainRabinScanner(rabinTables(polynomial))), whole)).toEqual(expected);
    const pieces = Array.from({ length: 13 }, (_, i) => whole.subarray(i * 1_000_003, (i + 1) * 1_000_003));
    expect(cutPieces(chunker, pieces, chunker.buffer?.(16 * mib) ?? new Uint8Array(16 * mib))).toEqual(expected);
    expect(sum(expected)).toBe(whole.length);
  });
});

interface ResticTree {
  readonly nodes: readonly { readonly name: string; readonly content: readonly string[] }[];
}

describe.skipIf(resticVersion === undefined)(`what restic stored (${needsRestic})`, () => {
  it('is cut by us into the same blobs', () => {
    using restic = new Restic('secret');
    const data = mixedBytes(2026, 60 * mib);
    data.set(seededBytes(5, 30 * mib), 7 * mib);
    writeFileSync(join(restic.directory, 'data'), data);
    restic.run('init', '--repository-version', '2');
    restic.run('backup', 'data');
    const config = JSON.parse(restic.run('cat', 'config')) as { readonly chunker_polynomial: string };
    const [snapshot] = JSON.parse(restic.run('snapshots', '--json')) as [{ readonly tree: string }];
    const tree = JSON.parse(restic.run('cat', 'blob', snapshot.tree)) as ResticTree;
    let at = 0;
    const ours = cutWhole(openRabin(config.chunker_polynomial), data).map((size) =>
      hash('sha256', data.subarray(at, (at += size))),
    );
    expect(ours.length).toBeGreaterThan(30);
    expect(ours).toEqual(tree.nodes.find(({ name }) => name === 'data')?.content);
  });
});
