import { createDecipheriv, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { BackupError } from '@triplicate/core';
import type { Keybag } from './keybag.ts';

const derive = promisify(pbkdf2);
const wrapIv = Buffer.alloc(8, 0xa6);

/** AES key unwrap (RFC 3394) with a 16 or 32 byte key; `undefined` when the integrity check fails. */
export const unwrapKey = (key: Uint8Array, wrapped: Uint8Array): Buffer | undefined => {
  if (wrapped.length < 24 || wrapped.length % 8 !== 0) return undefined;
  try {
    const decipher = createDecipheriv(key.length === 16 ? 'id-aes128-wrap' : 'id-aes256-wrap', key, wrapIv);
    return Buffer.concat([decipher.update(wrapped), decipher.final()]);
  } catch {
    return undefined;
  }
};

/** The keys of a backup whose password was right. Holds keys and never shows them. */
export class ClassKeys {
  readonly #keys: ReadonlyMap<number, Buffer>;

  constructor(keys: ReadonlyMap<number, Buffer>) {
    this.#keys = keys;
  }

  get classes(): number[] {
    return [...this.#keys.keys()].toSorted((a, b) => a - b);
  }

  /**
   * The key of one file (or of the manifest): 4 bytes little-endian class, then the wrapped key.
   * UNREADABLE when the class is not in the keybag, CORRUPT when the key does not unwrap.
   */
  fileKey(encryptionKey: Uint8Array): Buffer {
    if (encryptionKey.length < 28 || encryptionKey.length > 72) {
      throw new BackupError('CORRUPT', `a file key has ${encryptionKey.length} bytes`);
    }
    const protectionClass = Buffer.from(encryptionKey.subarray(0, 4)).readUInt32LE(0);
    const key = this.#keys.get(protectionClass);
    if (key === undefined)
      throw new BackupError('UNREADABLE', `the keybag has no key for protection class ${protectionClass}`);
    const fileKey = unwrapKey(key, encryptionKey.subarray(4));
    if (fileKey?.length !== 32)
      throw new BackupError('CORRUPT', `a file key of protection class ${protectionClass} does not unwrap`);
    return fileKey;
  }
}

/**
 * Derives the key from the password and unwraps every class key that the password protects. WRONG_PASSWORD when one does not unwrap.
 * The derivation runs in Node's thread pool; 10 million iterations take a second or two.
 */
export const unlockKeybag = async (keybag: Keybag, password: string): Promise<ClassKeys> => {
  const secret = Buffer.from(password, 'utf8');
  const { first } = keybag;
  const strong = first === undefined ? secret : await derive(secret, first.salt, first.iterations, 32, 'sha256');
  const key = await derive(strong, keybag.salt, keybag.iterations, 32, 'sha1');
  const keys = new Map<number, Buffer>();
  for (const { protectionClass, wrap, wrapped } of keybag.classKeys) {
    if (wrap !== 2) continue;
    const classKey = unwrapKey(key, wrapped);
    if (classKey === undefined) {
      throw new BackupError('WRONG_PASSWORD', 'the backup password is not right', {
        hint: 'Give the password that this backup was made with; a later change of the password does not change older snapshots.',
      });
    }
    keys.set(protectionClass, classKey);
  }
  if (keys.size === 0) throw new BackupError('CORRUPT', "the backup's keybag has no key that a password could open");
  return new ClassKeys(keys);
};
