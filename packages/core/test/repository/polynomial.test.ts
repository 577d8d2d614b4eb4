import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isIrreducible, parsePolynomial, randomPolynomial } from '../../src/repository/polynomial.ts';
import { assert } from './support/assert.ts';

const multiply = (a: bigint, b: bigint): bigint => {
  let product = 0n;
  for (let bit = 0n; b >> bit !== 0n; bit += 1n) if ((b >> bit) & 1n) product ^= a << bit;
  return product;
};

describe('a polynomial over GF(2)', () => {
  it('is told irreducible exactly when no smaller one divides it', () => {
    const products = new Set<bigint>();
    for (let a = 2n; a < 512n; a += 1n) for (let b = 2n; b < 512n; b += 1n) products.add(multiply(a, b));
    const all = Array.from({ length: 1024 }, (_, p) => BigInt(p));
    expect(all.filter(isIrreducible)).toEqual(all.filter((p) => p > 1n && !products.has(p)));
  });

  it('is counted as theory has it: 30 irreducible ones of degree 8, 335 of degree 12', () => {
    const count = (degree: bigint): number => {
      let found = 0;
      for (let p = 1n << degree; p < 1n << (degree + 1n); p += 1n) if (isIrreducible(p)) found += 1;
      return found;
    };
    expect(count(8n)).toBe(30);
    expect(count(12n)).toBe(335);
  });

  it.each(['3da3358b4dc173', '25e508992a341d', '2482734cacca49'])('that restic has made (%s) is irreducible', (hex) => {
    expect(parsePolynomial(hex)).toBe(BigInt(`0x${hex}`));
  });

  it('that is a product is not', () => {
    const factor = fc.bigInt({ min: 2n, max: 2n ** 26n });
    assert.holds(fc.tuple(factor, factor), ([a, b]) => expect(isIrreducible(multiply(a, b))).toBe(false), 50);
  });

  it('is picked at random with degree 53', () => {
    const [one, other] = [randomPolynomial(), randomPolynomial()];
    expect(one).not.toBe(other);
    for (const p of [one, other]) {
      expect(p.toString(2)).toHaveLength(54);
      expect(isIrreducible(p)).toBe(true);
    }
  });

  it.each(['', 'xyz', '0', '1', '3DA3358B4DC173', '4', '10000000000000001', '-3'])('is not %j', (hex) => {
    expect(parsePolynomial(hex)).toBeUndefined();
  });
});
