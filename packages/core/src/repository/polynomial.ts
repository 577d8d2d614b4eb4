import { randomBytes } from 'node:crypto';

// Polynomials over GF(2), one coefficient a bit. restic cuts files by a Rabin fingerprint over an irreducible one of degree 53.

const degreeOf = (p: bigint): number => p.toString(2).length - 1;

const remainder = (a: bigint, modulus: bigint): bigint => {
  const degree = degreeOf(modulus);
  let rest = a;
  while (rest !== 0n && degreeOf(rest) >= degree) rest ^= modulus << BigInt(degreeOf(rest) - degree);
  return rest;
};

const greatestCommonDivisor = (a: bigint, b: bigint): bigint =>
  b === 0n ? a : greatestCommonDivisor(b, remainder(a, b));

/** Squaring over GF(2) puts a zero between any two coefficients. */
const square = (p: bigint): bigint => BigInt(`0b${p.toString(2).split('').join('0')}`);

/** x to the power of 2^`exponent`, modulo `p`. */
const frobenius = (exponent: number, p: bigint): bigint => {
  let power = remainder(2n, p);
  for (let i = 0; i < exponent; i += 1) power = remainder(square(power), p);
  return power;
};

const primeFactors = (n: number): number[] => {
  const factors: number[] = [];
  let rest = n;
  for (let p = 2; p <= rest; p += 1) {
    if (rest % p === 0) factors.push(p);
    while (rest % p === 0) rest /= p;
  }
  return factors;
};

/** Rabin's test (M. O. Rabin, "Probabilistic algorithms in finite fields", 1980). */
export const isIrreducible = (p: bigint): boolean => {
  const degree = degreeOf(p);
  if (p < 2n) return false;
  const coprime = primeFactors(degree).every(
    (factor) => greatestCommonDivisor(p, frobenius(degree / factor, p) ^ 2n) === 1n,
  );
  return coprime && frobenius(degree, p) === remainder(2n, p);
};

const resticDegree = 53;

/** One of degree 53 from the system's random source, as restic picks it; about one in 27 tries succeeds. */
export const randomPolynomial = (): bigint => {
  for (;;) {
    const random = BigInt(`0x${randomBytes(8).toString('hex')}`) & ((1n << BigInt(resticDegree)) - 1n);
    const candidate = random | (1n << BigInt(resticDegree)) | 1n;
    if (isIrreducible(candidate)) return candidate;
  }
};

/** Hex as restic's `config` has it; `undefined` when it is no irreducible polynomial of 64 bits or fewer. */
export const parsePolynomial = (hex: string): bigint | undefined => {
  if (!/^[0-9a-f]{1,16}$/.test(hex)) return undefined;
  const p = BigInt(`0x${hex}`);
  return isIrreducible(p) ? p : undefined;
};

export const formatPolynomial = (p: bigint): string => p.toString(16);
