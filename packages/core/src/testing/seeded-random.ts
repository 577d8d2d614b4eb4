/** Numbers from 0 to below 1, as `Math.random` gives them, always the same for one seed (mulberry32). Print the seed where it is used. */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** `length` bytes that do not compress. */
export const seededBytes = (random: () => number, length: number): Buffer => {
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (; at + 4 <= length; at += 4) bytes.writeUInt32LE(Math.floor(random() * 2 ** 32), at);
  for (; at < length; at += 1) bytes[at] = Math.floor(random() * 256);
  return bytes;
};

/** A whole number from `least` to `most`, both included. */
export const seededInteger = (random: () => number, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1));
