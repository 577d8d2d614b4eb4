import { type ByteName, bytesFromText } from '@triplicate/core';
import { closeSync, constants, openSync, readSync } from 'node:fs';

/** The first bytes of a valid tag; what follows is for people (bford.info/cachedir). */
const signature = Buffer.from('Signature: 8a477f597d28d172789f06886806bc55');
export const cacheTag = bytesFromText('CACHEDIR.TAG');

/** The beginning of a regular file, `undefined` when it cannot be read. A fifo of that name does not hold the walk up. */
export const readHead = (path: Buffer | string, length: number): Buffer | undefined => {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0));
  } catch {
    return undefined;
  }
  try {
    const head = Buffer.alloc(length);
    return head.subarray(0, readSync(fd, head, 0, length, 0));
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
};

export const isCacheTag = (path: Buffer | string): boolean =>
  readHead(path, signature.length)?.equals(signature) === true;

/** Whether `name` is in `names`, which are in byte order. */
export const hasName = (names: readonly ByteName[], name: ByteName): boolean => {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = names[middle];
    if (found === name) return true;
    if (found !== undefined && found < name) low = middle + 1;
    else high = middle;
  }
  return false;
};
