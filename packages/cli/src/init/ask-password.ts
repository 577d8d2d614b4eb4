import type { Ask } from '../prompt/ask.ts';
import { typeNewPassword } from '../prompt/type-new-password.ts';
import type { CommandContext } from '../program/command.ts';
import { generatePassword } from './password-place.ts';
import type { SecretPlace, SecretStore } from './secret-store.ts';

interface PasswordParts {
  readonly context: CommandContext;
  readonly store: SecretStore;
  readonly pipeline: string;
}

export const passwordWords = { first: 'The password', again: 'The same password again' };

/** The password of the repository: one that is there already, a new one that is shown once, or one that the person types twice. */
export const askPassword = async (ask: Ask, { context, store, pipeline }: PasswordParts): Promise<SecretPlace> => {
  const found = await store.find(pipeline);
  if (found) ask.tell(`There is a password already: ${found.label}\nIt is not overwritten, whatever you choose.`);
  const how = await ask.choose('The repository is encrypted. Its password:', [
    ...(found ? [{ value: 'found', label: 'use the one that is there' }] : []),
    { value: 'new', label: 'make a good one for me' },
    { value: 'own', label: 'I type one' },
  ]);
  if (found && how === 'found') return found;
  if (how === 'own') return store.add(pipeline, await typeNewPassword(ask, context, passwordWords));
  const secret = generatePassword();
  ask.tell(
    `The password is\n\n    ${secret}\n\nWrite it down and keep it away from this computer:\nwithout it nobody can restore.`,
  );
  while (!(await ask.confirm('Is it written down?', false))) ask.tell('Then do it now: it stands above.');
  return store.add(pipeline, secret);
};
