import { createCipheriv, createDecipheriv } from 'node:crypto';

const zeroIv = Buffer.alloc(16);

/** AES-256-CBC with IV 0, as backups have it; files are padded, the manifest is not. */
export function* encrypt(key: Buffer, parts: Iterable<Buffer>, padded: boolean): Generator<Buffer> {
  const cipher = createCipheriv('aes-256-cbc', key, zeroIv).setAutoPadding(padded);
  for (const part of parts) {
    const out = cipher.update(part);
    if (out.length > 0) yield out;
  }
  const last = cipher.final();
  if (last.length > 0) yield last;
}

export interface Decryptor {
  update(part: Buffer): Buffer;
  /** Throws when the padding is wrong. */
  final(): Buffer;
}

export const decryptor = (key: Buffer, padded: boolean): Decryptor => {
  const decipher = createDecipheriv('aes-256-cbc', key, zeroIv).setAutoPadding(padded);
  return { update: (part) => decipher.update(part), final: () => decipher.final() };
};
