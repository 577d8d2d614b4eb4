import { createCipheriv } from 'node:crypto';

/** Bytes that do not compress, the same for the same seed and number; AES makes them faster than any disk takes them. */
export const noise = (seed: number, number: number, length: number): Buffer => {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed >>> 0);
  key.writeUInt32LE(number >>> 0, 4);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
};
