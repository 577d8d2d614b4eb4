import { createCipheriv } from 'node:crypto';

const prime = 2n ** 130n - 5n;
const clampMask = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`);

/** Poly1305-AES written down from Bernstein's paper, in big integers: slow, and another way to the same number. */
export const poly1305Aes = (
  message: Uint8Array,
  { k, r, nonce }: { readonly k: Uint8Array; readonly r: Uint8Array; readonly nonce: Uint8Array },
): Buffer => {
  const factor = littleEndian(r) & clampMask;
  let sum = 0n;
  for (let at = 0; at < message.byteLength; at += 16) {
    sum = ((sum + littleEndian(Buffer.concat([message.subarray(at, at + 16), Buffer.of(1)]))) * factor) % prime;
  }
  const cipher = createCipheriv('aes-128-ecb', k, null).setAutoPadding(false);
  const tag = (sum + littleEndian(cipher.update(nonce))) & (2n ** 128n - 1n);
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse();
};
