import type { AsyncEntry, EntryOptions } from '@napi-rs/keyring';
import { BackupError, type Keychain } from '@triplicate/core';

/** Under which the system files our entries, e.g. `secret-tool lookup service triplicate username NAME`. */
export const keychainService = 'triplicate';

/** What the kernel keeps is gone after a restart, so what is stored goes to the Secret Service or nowhere. */
const lasting: EntryOptions = { linux: { store: 'secret-service' } };

type OpenEntry = (name: string, options?: EntryOptions) => Promise<AsyncEntry>;

/** The binary is loaded only when a configuration names the keychain. */
const openSystemEntry: OpenEntry = async (name, options) => {
  const { AsyncEntry: Entry } = await import('@napi-rs/keyring');
  return new Entry(keychainService, name, options);
};

/** Keychain Access, the Credential Manager, or the Secret Service (and for reading the kernel's keyring). */
export const createSystemKeychain = (openEntry: OpenEntry = openSystemEntry): Keychain => ({
  async get(name, { signal }) {
    try {
      const entry = await openEntry(name);
      const password = await entry.getPassword(signal);
      if (password !== null) return password;
      // `getPassword` says null for a keychain that cannot be reached as well; this call tells the two apart.
      const bytes = await entry.getSecret(signal);
      return bytes === null ? undefined : Buffer.from(bytes).toString('utf8');
    } catch (error) {
      throw translate(error, 'cannot be read', signal);
    }
  },
  async set(name, secret, { signal }) {
    try {
      const entry = await openEntry(name, lasting);
      await entry.setPassword(secret, signal);
    } catch (error) {
      throw translate(error, 'cannot be written', signal);
    }
  },
  async remove(name, { signal }) {
    try {
      const entry = await openEntry(name, lasting);
      await entry.deletePassword(signal);
    } catch (error) {
      throw translate(error, 'cannot be written', signal);
    }
  },
});

const translate = (error: unknown, what: string, signal: AbortSignal): BackupError => {
  if (signal.aborted) return new BackupError('ABORTED', 'interrupted', { cause: error });
  const said = error instanceof Error ? error.message : String(error);
  const refused = /denied|locked|cancel|dismiss|not permitted/i.test(said);
  return new BackupError(refused ? 'AUTH' : 'UNSUPPORTED', `the keychain of this system ${what}: ${said}`, {
    hint: 'Unlock it, or name another place of the secret: { env: NAME }, { file: /path } or { command: [program, argument] }.',
    cause: error,
  });
};
