import { createCipheriv } from 'node:crypto';
import type { Scanner } from './scanner.ts';
import { gearKernel } from './wasm/gear-kernel.ts';
import { createLaneScanner } from './wasm/lane-scanner.ts';
import { compile } from './wasm/webassembly.ts';

/** One 64-bit number for each value of a byte. */
export type GearTable = BigUint64Array;

/**
 * The first 2048 bytes of the AES-256-CTR key stream of `key` (32 bytes) with an all-zero counter block, read as 256 little-endian
 * 64-bit numbers. It is as secret as the key: who knows it can tell files by their chunk lengths.
 */
export const deriveGear = (key: Uint8Array): GearTable => {
  const stream = createCipheriv('aes-256-ctr', key, new Uint8Array(16)).update(new Uint8Array(256 * 8));
  return BigUint64Array.from({ length: 256 }, (_, i) => stream.readBigUInt64LE(i * 8));
};

/**
 * Looks for a gear hash whose upper 32 bits are below the bound. Hash of the empty string: 0; each byte b makes it
 * (hash << 1) + table[b] mod 2^64, so that it has forgotten a byte 64 bytes later.
 */
export const openGearScanner = (table: GearTable): Scanner =>
  createLaneScanner(gearKernel, [table]) ?? createPlainGearScanner(table);

/** The same in plain JavaScript, for a Node without WebAssembly: 64-bit sums in two signed halves. */
export const createPlainGearScanner = (table: GearTable): Scanner => {
  const halves = new Int32Array(
    Uint32Array.from([...table].flatMap((entry) => [Number(entry & mask), Number(entry >> 32n)])),
  );
  const low = halves.filter((_, i) => i % 2 === 0);
  const high = halves.filter((_, i) => i % 2 === 1);
  return {
    find(window, { from, to }, bound) {
      const limit = bound ^ signBit;
      let hi = 0;
      let lo = 0;
      for (let n = from - 64; n < to;) {
        const byte = window[n] as number;
        const entry = low[byte] as number;
        const twice = lo << 1;
        const sum = (twice + entry) | 0;
        const carry = ((twice & entry) | ((twice | entry) & ~sum)) >>> 31;
        hi = (((hi << 1) | (lo >>> 31)) + (high[byte] as number) + carry) | 0;
        lo = sum;
        n += 1;
        if ((hi ^ signBit) < limit && n >= from) return n;
      }
      return 0;
    },
  };
};

const mask = 0xffff_ffffn;
/** Flipping it lets signed comparison order unsigned numbers. */
const signBit = 0x8000_0000 | 0;

/** For a thread that starts others which cut: they share what it has compiled. */
export const prepareGear = (): void => void compile(gearKernel.assemble);
