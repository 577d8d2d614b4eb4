import { BackupError, describeReference, isBackupError, type SecretReference } from '@triplicate/core';
import { askSecret } from '../prompt/ask-secret.ts';
import type { CommandContext } from '../program/command.ts';
import type { Services } from './services.ts';

export interface PasswordParts {
  readonly context: Pick<CommandContext, 'surroundings' | 'output' | 'signal'>;
  readonly services: Services;
  readonly reference: SecretReference;
  /** Where relative files count from. */
  readonly directory: string;
  /** For the question, e.g. `the repository "family"`. */
  readonly what: string;
  /** Whether a typed password is the right one; without it the first one counts. */
  readonly opens?: (typed: string) => Promise<boolean>;
  /** Asks for it in another way than once. */
  readonly ask?: () => Promise<string>;
  /** Its file was named on the command line. */
  readonly pipes?: boolean;
  /** What to do where its place has none, when that is no place of a configuration. */
  readonly hint?: string;
}

/** As often as other programs ask. */
const mostTries = 3;

/** Where a password came from that no place holds. */
export const typedFrom = 'the keyboard';

export interface PasswordAccess {
  readonly password: () => Promise<string>;
  /** Once it is known: its place, or that it was typed. */
  readonly passwordFrom: () => string;
}

/**
 * The password of a repository, fetched when it is first needed and kept. When its place has none and a person sits at the terminal, the
 * person is asked.
 */
export const passwordOf = ({
  context,
  services,
  reference,
  directory,
  what,
  opens,
  ask,
  pipes = false,
  hint,
}: PasswordParts): PasswordAccess => {
  const { surroundings, output, signal } = context;
  let isTyped = false;
  const fetch = async (): Promise<string> => {
    try {
      return await services.secrets.resolve(reference, { directory, signal, pipes });
    } catch (error) {
      const canAsk = surroundings.stdin.isTTY === true && output.talk.isTTY === true && !output.json;
      if (!canAsk || !isBackupError(error, 'CONFIG_INVALID')) throw passwordError(error, hint);
      output.say(`${error.message}; you can type the password instead`);
      isTyped = true;
      if (ask !== undefined) return await ask();
      for (let tries = 1; ; tries += 1) {
        const typed = await askSecret(`Password of ${what}`, context);
        services.redactor.add(typed);
        if (tries === mostTries || opens === undefined || (await opens(typed))) return typed;
        output.say('this is not the password; try again');
      }
    }
  };
  let known: Promise<string> | undefined;
  return {
    password: () => (known ??= fetch()),
    passwordFrom: () => (isTyped ? typedFrom : describeReference(reference)),
  };
};

/** The same error, with what it was wanted for. */
const passwordError = (error: unknown, hint: string | undefined): unknown =>
  isBackupError(error, 'CONFIG_INVALID')
    ? new BackupError('CONFIG_INVALID', `no password for the repository: ${error.message}`, {
        hint: hint ?? error.hint,
        context: error.context,
        cause: error,
      })
    : error;
