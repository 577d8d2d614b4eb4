import { createCipheriv, createHash } from 'node:crypto';

const blockBytes = 256 * 1024;
const zeros = Buffer.alloc(blockBytes);

/** Bytes that cannot be compressed, always the same for one seed. */
export function* keystream(seed: string, size: number): Generator<Buffer> {
  const digest = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-128-ctr', digest.subarray(0, 16), digest.subarray(16));
  for (let left = size; left > 0; left -= blockBytes)
    yield cipher.update(left < blockBytes ? zeros.subarray(0, left) : zeros);
}

export const seededBytes = (seed: string, size: number): Buffer => Buffer.concat([...keystream(seed, size)]);

/** Numbers from 0 to `limit - 1`, always the same for one seed. */
export const seededNumbers = (seed: string): ((limit: number) => number) => {
  const digest = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-128-ctr', digest.subarray(0, 16), digest.subarray(16));
  return (limit) => cipher.update(Buffer.alloc(6)).readUIntBE(0, 6) % limit;
};
