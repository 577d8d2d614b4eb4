/** Memory for all threads that grows in place: the addresses for all that it may become are taken at once, the memory as it grows. */
import { addressSpaceLimit, raiseLimit } from '../posix/address-space.ts';
import { BackupError } from '../errors.ts';

/** Of a limit, for each: several stand beside one another, and the heaps and stacks of the threads want the most of it. */
const shareOfLimit = 16;
const mebibyte = 2 ** 20;

/** Room for `most` bytes in the end, or for less where addresses are few. */
export const growable = (bytes: number, most: number): SharedArrayBuffer => {
  const allowed = addressSpaceLimit();
  const maxByteLength =
    allowed === undefined ? most : Math.min(most, Math.max(bytes, Math.floor(allowed / shareOfLimit)));
  return new SharedArrayBuffer(bytes, { maxByteLength });
};

/** Grows to `wanted` bytes where there is room, and at least to `needed`; another thread may grow it further meanwhile. */
export const growTo = (memory: SharedArrayBuffer, needed: number, wanted: number): void => {
  while (memory.byteLength < needed) {
    if (needed > memory.maxByteLength) throw tooLarge(memory.maxByteLength);
    try {
      memory.grow(Math.min(memory.maxByteLength, Math.max(needed, wanted)));
    } catch (error) {
      // Growing to less than another thread has grown it to is an error.
      if (memory.byteLength < needed) throw error;
    }
  }
};

const tooLarge = (most: number): BackupError => {
  const allowed = addressSpaceLimit();
  return new BackupError(
    'IO',
    `the list of what the repository holds does not fit in ${Math.floor(most / mebibyte)} MiB`,
    {
      hint: allowed === undefined ? 'split the pipeline into several' : raiseLimit(allowed),
    },
  );
};
