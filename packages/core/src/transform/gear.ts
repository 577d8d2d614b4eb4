import { createCipheriv } from 'node:crypto';

/** One 64-bit number for each value of a byte. */
export type GearTable = BigUint64Array;

/**
 * The table that FastCDC rolls over the bytes: the first 2048 bytes of the AES-256-CTR key stream of `key` (32 bytes) with an all-zero
 * counter block, read as 256 little-endian 64-bit numbers. It is as secret as the key: who knows it can tell files by their chunk lengths.
 */
export const deriveGear = (key: Uint8Array): GearTable => {
  const stream = createCipheriv('aes-256-ctr', key, new Uint8Array(16)).update(new Uint8Array(256 * 8));
  return BigUint64Array.from({ length: 256 }, (_, i) => stream.readBigUInt64LE(i * 8));
};

/** How many bytes the gear hash remembers: each step shifts a byte's contribution up by one bit of 64. */
export const gearWindow = 64;

/** Finds places where the hash of the last 64 bytes is small. */
export interface GearScanner {
  /**
   * The smallest n with `from` <= n <= `to` such that the hash of bytes n - 64 … n - 1 has its upper half below `threshold` (32 bits,
   * at least 1), or 0. Needs 64 <= `from` and `to` <= the length of `window`.
   */
  find(window: Uint8Array, range: { readonly from: number; readonly to: number }, threshold: number): number;
}
