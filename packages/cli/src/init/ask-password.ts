import type { Keychain, SecretReference } from '@triplicate/core';
import { basename, join } from 'node:path';
import type { Services } from '../compose/services.ts';
import { askSecret } from '../prompt/ask-secret.ts';
import type { Ask } from '../prompt/ask.ts';
import type { CommandContext } from '../program/command.ts';
import { createSystemKeychain } from '../keychain.ts';
import { generatePassword, writeSecretFile } from './password-place.ts';

/** Keeps secrets where the person wants them, once everything is agreed. */
export interface SecretStore {
  /** Asks for a secret and says where it will be. */
  ask(message: string, name: string): Promise<SecretReference>;
  /** Says where a secret will be, and the file if it is one. */
  add(name: string, secret: string): { readonly reference: SecretReference; readonly file?: string };
  /** Puts all of them there. */
  keepAll(): Promise<void>;
}

interface StoreParts {
  readonly context: CommandContext;
  readonly services: Services;
  readonly folder: string;
}

export const askSecretStore = async (ask: Ask, { context, folder }: StoreParts): Promise<SecretStore> => {
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
  const pending: (() => Promise<void>)[] = [];
  const add: SecretStore['add'] = (name, secret) => {
    if (kind === 'keychain') {
      const entry = `triplicate-${name}`;
      pending.push(() => keychain.set(entry, secret, { signal }));
      return { reference: { keychain: entry } };
    }
    const file = join(folder, `triplicate-${name}.password`);
    pending.push(() => writeSecretFile(file, secret));
    return { reference: { file: `./${basename(file)}` }, file };
  };
  return {
    add,
    ask: async (message, name) => add(name, await askSecret(message, context)).reference,
    keepAll: async () => {
      for (const keep of pending) await keep();
    },
  };
};

const answers = (keychain: Keychain, signal: AbortSignal): Promise<boolean> =>
  keychain.get('probe', { signal }).then(
    () => true,
    () => false,
  );

/** The password of the repository: a new one that is shown once, or one that the person types twice. */
export const askPassword = async (
  ask: Ask,
  {
    context,
    store,
    pipeline,
  }: { readonly context: CommandContext; readonly store: SecretStore; readonly pipeline: string },
): Promise<ReturnType<SecretStore['add']>> => {
  const how = await ask.choose('The repository is encrypted. Its password:', [
    { value: 'new', label: 'make a good one for me' },
    { value: 'own', label: 'I type one' },
  ]);
  const secret = how === 'new' ? generatePassword() : await typeTwice(context);
  if (how === 'new') {
    ask.tell(
      `The password is\n\n    ${secret}\n\nWrite it down and keep it away from this computer:\nwithout it nobody can restore.`,
    );
    await ask.confirm('Is it written down?');
  }
  return store.add(pipeline, secret);
};

const typeTwice = async (context: CommandContext): Promise<string> => {
  const first = await askSecret('The password', context);
  await askSecret('The same password again', context, {
    validate: (typed) => (typed === first ? undefined : 'this is another one than before'),
  });
  return first;
};
