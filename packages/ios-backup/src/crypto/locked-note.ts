import { createDecipheriv, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { BackupError } from '@triplicate/core';
import { unwrapKey } from './class-keys.ts';
import { mostIterations } from './keybag.ts';

const derive = promisify(pbkdf2);

/** What a locked note stores beside its ciphertext. */
export interface NoteLock {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly wrappedKey: Uint8Array;
  readonly iv: Uint8Array;
  readonly tag: Uint8Array;
}

/**
 * The plain (gzip) data of a note that is locked with a password of its own: PBKDF2-SHA256 to 16 bytes, AES key unwrap, AES-128-GCM.
 * WRONG_PASSWORD when the key does not unwrap, CORRUPT when it does and the data is not what was locked.
 */
export const unlockNote = async (data: Uint8Array, lock: NoteLock, password: string): Promise<Buffer> => {
  if (lock.iterations < 1 || lock.iterations > mostIterations) {
    throw new BackupError('CORRUPT', `a locked note asks for ${lock.iterations} iterations`);
  }
  const key = unwrapKey(await derive(password, lock.salt, lock.iterations, 16, 'sha256'), lock.wrappedKey);
  if (key === undefined) throw new BackupError('WRONG_PASSWORD', 'the password of the note is not right');
  try {
    const decipher = createDecipheriv('aes-128-gcm', key, lock.iv, { authTagLength: 16 }).setAuthTag(lock.tag);
    return Buffer.concat([decipher.update(data), decipher.final()]);
  } catch (error) {
    throw new BackupError('CORRUPT', 'a locked note is damaged', { cause: error });
  }
};
