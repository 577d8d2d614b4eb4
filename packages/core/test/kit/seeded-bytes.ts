import { createCipheriv } from 'node:crypto';

/** Incompressible bytes that are the same for the same seed, at the speed of AES. */
export const seededBytes = (seed: number, length: number): Uint8Array => {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed >>> 0);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
};
