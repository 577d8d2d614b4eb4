/** Below, a call out of JavaScript costs more than the copy. */
const leastBytes = 1024;

/**
 * Copies all of `from` to `to`, beginning at `at`, where it has to have room. Where one of them is shared memory, `set` goes word by word,
 * at a fraction of the speed of memory; so does Node's own `copy` of a whole array, but not that of a part.
 */
export const copyBytes = (from: Uint8Array, to: Uint8Array, at: number): void => {
  const last = from.byteLength - 1;
  if (last < leastBytes) return to.set(from, at);
  if (at + last >= to.byteLength) throw new RangeError(`no room for ${from.byteLength} bytes at ${at}`);
  Buffer.prototype.copy.call(from, to, at, 0, last);
  to[at + last] = from[last] as number;
};
