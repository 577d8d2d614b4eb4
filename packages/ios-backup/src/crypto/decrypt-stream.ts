import { createDecipheriv } from 'node:crypto';
import { BackupError } from '@triplicate/core';

const blockBytes = 16;

/**
 * AES-256-CBC with a zero IV, as a stream: each piece is decrypted and given out before the next is read, but for the last block, which
 * may be padding. Padding is taken off only where it is valid, and CORRUPT is thrown when the input is no whole number of blocks.
 */
export const decryptStream = async function* (
  key: Uint8Array,
  content: AsyncIterable<Uint8Array>,
  padding: 'pkcs7' | 'none',
): AsyncGenerator<Buffer> {
  const decipher = createDecipheriv('aes-256-cbc', key, Buffer.alloc(blockBytes)).setAutoPadding(false);
  let held: Buffer = Buffer.alloc(0);
  let total = 0;
  for await (const piece of content) {
    total += piece.length;
    const plain = decipher.update(piece);
    if (plain.length === 0) continue;
    const whole = held.length > 0 ? Buffer.concat([held, plain]) : plain;
    held = whole.subarray(whole.length - blockBytes);
    if (whole.length > blockBytes) yield whole.subarray(0, whole.length - blockBytes);
  }
  if (total % blockBytes !== 0)
    throw new BackupError('CORRUPT', `${total} encrypted bytes are no whole number of blocks`);
  const last = padding === 'pkcs7' ? withoutPadding(held) : held;
  if (last.length > 0) yield last;
};

const withoutPadding = (block: Buffer): Buffer => {
  const count = block.at(-1) ?? 0;
  if (count < 1 || count > block.length) return block;
  for (let at = block.length - count; at < block.length; at++) if (block[at] !== count) return block;
  return block.subarray(0, block.length - count);
};

/** At most `size` bytes of a stream; `onShort` hears how many were missing when it ends early. */
export const exactly = async function* (
  content: AsyncIterable<Uint8Array>,
  size: number,
  onShort: (missing: number) => void,
): AsyncGenerator<Uint8Array> {
  let left = size;
  for await (const piece of content) {
    if (left === 0) break;
    const part = piece.length > left ? piece.subarray(0, left) : piece;
    left -= part.length;
    yield part;
  }
  if (left > 0) onShort(left);
};
