import { rabinDegree, rabinWindow, type RabinTables } from './rabin-tables.ts';
import type { Scanner } from './scanner.ts';
import { createLaneScanner } from './wasm/lane-scanner.ts';
import { rabinKernel } from './wasm/rabin-kernel.ts';

/** Looks for a Rabin fingerprint that has none of the bits of `bound`. */
export const openRabinScanner = (tables: RabinTables): Scanner =>
  createLaneScanner(rabinKernel, [tables.out, tables.mod]) ?? createPlainRabinScanner(tables);

/** The same in plain JavaScript, for a Node without WebAssembly: the 53 bits of the digest in two halves. */
export const createPlainRabinScanner = (tables: RabinTables): Scanner => {
  const out = halvesOf(tables.out);
  const mod = halvesOf(tables.mod);
  return {
    find(window, { from, to }, bound) {
      let hi = 0;
      let lo = 0;
      for (let at = from - 1 - rabinWindow; at < to; at++) {
        if (at >= from - 1) {
          const oldest = window[at - rabinWindow] as number;
          hi ^= out.high[oldest] as number;
          lo ^= out.low[oldest] as number;
        }
        const pushed = hi >>> (rabinDegree - 8 - 32);
        hi = ((hi << 8) | (lo >>> 24)) ^ (mod.high[pushed] as number);
        lo = ((lo << 8) | (window[at] as number)) ^ (mod.low[pushed] as number);
        if ((lo & bound) === 0 && at >= from - 1) return at + 1;
      }
      return 0;
    },
  };
};

const halvesOf = (table: BigUint64Array): { readonly low: Int32Array; readonly high: Int32Array } => ({
  low: Int32Array.from(table, (entry) => Number(BigInt.asIntN(32, entry))),
  high: Int32Array.from(table, (entry) => Number(BigInt.asIntN(32, entry >> 32n))),
});
