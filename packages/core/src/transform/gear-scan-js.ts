import { gearWindow, type GearScanner, type GearTable } from './gear.ts';

/** The readable one, and the one for a Node without WebAssembly (`--jitless`): 64-bit sums in two halves of 32 bits. */
export const createJsScanner = (gear: GearTable): GearScanner => {
  const low = Uint32Array.from(gear, (entry) => Number(entry & 0xffff_ffffn));
  const high = Uint32Array.from(gear, (entry) => Number(entry >> 32n));
  return {
    find(window, { from, to }, threshold) {
      let hi = 0;
      let lo = 0;
      for (let n = from - gearWindow; n < to;) {
        const byte = window[n] ?? 0;
        const sum = ((lo << 1) >>> 0) + (low[byte] ?? 0);
        hi = (((hi << 1) | (lo >>> 31)) + (high[byte] ?? 0) + (sum > 0xffff_ffff ? 1 : 0)) | 0;
        lo = sum >>> 0;
        n += 1;
        if (hi >>> 0 < threshold && n >= from) return n;
      }
      return 0;
    },
  };
};
