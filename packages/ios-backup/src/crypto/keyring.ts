import { createHash } from 'node:crypto';
import { unlockKeybag } from './class-keys.ts';
import type { ClassKeys } from './class-keys.ts';
import { parseKeybag } from './keybag.ts';

/** Keybags that were opened, each derived once: all backups between two changes of the password have the same one. */
export class Keyring {
  readonly #opened = new Map<string, ClassKeys>();

  /** WRONG_PASSWORD when the password does not open the keybag, CORRUPT when it is none. */
  async unlock(keybag: Uint8Array, password: string): Promise<ClassKeys> {
    const name = createHash('sha256').update(keybag).update('\0').update(password).digest('base64');
    const known = this.#opened.get(name);
    if (known !== undefined) return known;
    const keys = await unlockKeybag(parseKeybag(keybag), password);
    this.#opened.set(name, keys);
    return keys;
  }
}
