import { BackupError } from '../errors.ts';

/** Remainder of a polynomial over GF(2); bit i is the coefficient of x^i. */
const remainder = (value: bigint, polynomial: bigint): bigint => {
  let rest = value;
  for (let degree = degreeOf(rest); degree >= rabinDegree; degree = degreeOf(rest)) {
    rest ^= polynomial << BigInt(degree - rabinDegree);
  }
  return rest;
};

const degreeOf = (value: bigint): number => value.toString(2).length - 1;

/** The degree of every polynomial that restic makes; the digest has as many bits. */
export const rabinDegree = 53;
export const rabinWindow = 64;

export interface RabinTables {
  /** What a byte has become 63 bytes later: exclusive-or takes it out of the digest. */
  readonly out: BigUint64Array;
  /** For the eight bits above the degree: those bits themselves, and what they are modulo the polynomial. */
  readonly mod: BigUint64Array;
}

/** `hex` is restic's `chunker_polynomial`. UNSUPPORTED when it has another degree than 53. Does not test that it is irreducible. */
export const rabinTables = (hex: string): RabinTables => {
  const polynomial = /^[0-9a-f]{1,16}$/i.test(hex) ? BigInt(`0x${hex}`) : 0n;
  if (degreeOf(polynomial) !== rabinDegree)
    throw new BackupError('UNSUPPORTED', `the chunker polynomial "${hex}" has not the degree ${rabinDegree}`);
  const shiftedOut = (byte: bigint): bigint => remainder(byte << BigInt(8 * (rabinWindow - 1)), polynomial);
  const above = (byte: bigint): bigint =>
    (byte << BigInt(rabinDegree)) | remainder(byte << BigInt(rabinDegree), polynomial);
  return { out: linearTable(shiftedOut), mod: linearTable(above) };
};

/** Both are linear: the entry of a byte is the exclusive-or of the entries of its bits. */
const linearTable = (entryOf: (byte: bigint) => bigint): BigUint64Array => {
  const bits = Array.from({ length: 8 }, (_, bit) => entryOf(1n << BigInt(bit)));
  return BigUint64Array.from({ length: 256 }, (_, byte) =>
    bits.reduce((sum, entry, bit) => ((byte >> bit) & 1 ? sum ^ entry : sum), 0n),
  );
};
