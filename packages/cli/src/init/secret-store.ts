import type { Keychain, SecretReference } from '@triplicate/core';
import { basename, join } from 'node:path';
import { createSystemKeychain } from '../keychain.ts';
import type { Services } from '../compose/services.ts';
import { askSecret } from '../prompt/ask-secret.ts';
import type { Ask } from '../prompt/ask.ts';
import type { CommandContext } from '../program/command.ts';
import { exists, writeSecretFile } from './password-place.ts';

/** Where a secret is or will be, and the file if it is one. */
export interface SecretPlace {
  readonly reference: SecretReference;
  readonly file?: string;
}

/** Keeps secrets where the person wants them, once everything is agreed. What is there already is never overwritten. */
export interface SecretStore {
  /** Asks for a secret and says where it will be. */
  ask(message: string, name: string): Promise<SecretReference>;
  /** Says where a secret will be: under a name of its own, whatever is there already. */
  add(name: string, secret: string): Promise<SecretPlace>;
  /** What is there already under that name and can be read. */
  find(name: string): Promise<(SecretPlace & { readonly label: string }) | undefined>;
  /** Gives what forgets everything that was added since. */
  mark(): () => void;
  /** Puts all of them there. */
  keepAll(): Promise<void>;
}

interface StoreParts {
  readonly context: CommandContext;
  readonly services: Services;
  /** Where the configuration will be. */
  readonly folder: string;
}

/** One kind of place. */
interface Shelf {
  place(entry: string): SecretPlace;
  isTaken(entry: string): Promise<boolean>;
  put(entry: string, secret: string): Promise<void>;
}

export const askSecretStore = async (ask: Ask, { context, services, folder }: StoreParts): Promise<SecretStore> => {
  const { surroundings, signal } = context;
  const keychain = surroundings.keychain ?? createSystemKeychain();
  // Without a session bus there is no Secret Service, whatever the kernel's own keyring says.
  const hasBus = surroundings.platform !== 'linux' || surroundings.env['DBUS_SESSION_BUS_ADDRESS'] !== undefined;
  const works = hasBus && (await answers(keychain, signal));
  const kind = works
    ? await ask.choose('Where shall passwords be kept on this computer?', [
        { value: 'keychain', label: "in the system's keychain" },
        { value: 'file', label: 'in a file that only you can read', hint: folder },
      ])
    : 'file';
  const shelf = kind === 'keychain' ? keychainShelf(keychain, signal) : fileShelf(folder);
  let pending = new Map<string, string>();
  const free = async (wanted: string): Promise<string> => {
    let entry = wanted;
    for (let i = 2; pending.has(entry) || (await shelf.isTaken(entry)); i += 1) entry = `${wanted}-${i}`;
    return entry;
  };
  const add: SecretStore['add'] = async (name, secret) => {
    const entry = await free(entryOf(name));
    pending.set(entry, secret);
    return shelf.place(entry);
  };
  return {
    add,
    ask: async (message, name) => (await add(name, await askSecret(message, context))).reference,
    find: async (name) => {
      const place = shelf.place(entryOf(name));
      const known = await services.secrets.resolve(place.reference, { directory: folder, signal }).catch(() => '');
      if (known === '') return undefined;
      return { ...place, label: place.file ?? `the entry ${entryOf(name)} of the keychain` };
    },
    mark: () => {
      const before = new Map(pending);
      return () => {
        pending = before;
      };
    },
    keepAll: async () => {
      for (const [entry, secret] of pending) await shelf.put(entry, secret);
    },
  };
};

const entryOf = (name: string): string => `triplicate-${name}`;

const keychainShelf = (keychain: Keychain, signal: AbortSignal): Shelf => ({
  place: (entry) => ({ reference: { keychain: entry } }),
  isTaken: async (entry) => (await keychain.get(entry, { signal })) !== undefined,
  put: (entry, secret) => keychain.set(entry, secret, { signal }),
});

const fileShelf = (folder: string): Shelf => {
  const fileOf = (entry: string): string => join(folder, `${entry}.password`);
  return {
    place: (entry) => ({ reference: { file: `./${basename(fileOf(entry))}` }, file: fileOf(entry) }),
    isTaken: (entry) => exists(fileOf(entry)),
    put: (entry, secret) => writeSecretFile(fileOf(entry), secret),
  };
};

const answers = (keychain: Keychain, signal: AbortSignal): Promise<boolean> =>
  keychain.get('probe', { signal }).then(
    () => true,
    () => false,
  );
