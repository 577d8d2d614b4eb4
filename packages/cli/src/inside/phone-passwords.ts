import { BackupError, isBackupError, type SecretReference, type SourceConfig } from '@triplicate/core';
import type { Services } from '../compose/services.ts';
import type { CommandContext } from '../program/command.ts';
import { askSecret } from '../prompt/ask-secret.ts';
import { phonePasswordVariable, type InsideFlags } from './inside-flags.ts';

export interface PhonePasswordParts {
  readonly context: CommandContext;
  readonly services: Services;
  readonly flags: InsideFlags;
  /** Of the configuration; empty with `--repo`. */
  readonly sources: readonly SourceConfig[];
  /** Where relative files of the configuration count from. */
  readonly directory: string;
  /** Whether a person at the terminal may be asked; true when absent. */
  readonly ask?: boolean;
}

const mostQuestions = 3;

/**
 * The passwords that a phone's backup may have, in the order in which they are tried: what opened another snapshot, the file of the command
 * line, the environment, the source's own reference, and what a person types. A changed password counts from the next backup on, so that
 * snapshots of one phone may have several.
 */
export class PhonePasswords {
  readonly #parts: PhonePasswordParts;
  readonly #known: string[] = [];
  /** Why a place had none. */
  readonly #missing: BackupError[] = [];
  #questions = 0;

  constructor(parts: PhonePasswordParts) {
    this.#parts = parts;
  }

  /** Tries `open` with one password after the other; WRONG_PASSWORD when none is right. Other errors end it at once. */
  async tryAll<T>(source: string | undefined, what: string, open: (password: string) => Promise<T>): Promise<T> {
    const tried = new Set<string>();
    for await (const password of this.#candidates(source, what)) {
      if (tried.has(password)) continue;
      tried.add(password);
      try {
        const opened = await open(password);
        if (!this.#known.includes(password)) this.#known.unshift(password);
        return opened;
      } catch (error) {
        if (!isBackupError(error, 'WRONG_PASSWORD')) throw error;
      }
    }
    throw this.#refused(tried.size, what);
  }

  async *#candidates(source: string | undefined, what: string): AsyncGenerator<string> {
    yield* this.#known;
    const { flags, context, sources, directory } = this.#parts;
    const places: (readonly [SecretReference, string, pipes?: boolean])[] = [];
    if (flags.phonePasswordFile !== undefined)
      places.push([{ file: flags.phonePasswordFile }, context.surroundings.cwd, true]);
    if (context.surroundings.env[phonePasswordVariable] !== undefined)
      places.push([{ env: phonePasswordVariable }, directory]);
    for (const reference of referencesOf(sources, source)) places.push([reference, directory]);
    for (const [reference, from, pipes = false] of places) {
      const found = await this.#fetch(reference, from, pipes);
      if (found !== undefined) yield found;
    }
    while (this.#canAsk()) yield await this.#ask(what);
  }

  async #fetch(reference: SecretReference, directory: string, pipes: boolean): Promise<string | undefined> {
    const { services, context } = this.#parts;
    try {
      return await services.secrets.resolve(reference, { directory, signal: context.signal, pipes });
    } catch (error) {
      if (!isBackupError(error, 'CONFIG_INVALID') && !isBackupError(error, 'AUTH')) throw error;
      this.#missing.push(error);
      return undefined;
    }
  }

  #canAsk(): boolean {
    if (this.#parts.ask === false) return false;
    const { surroundings, output } = this.#parts.context;
    const isThere = surroundings.stdin.isTTY === true && output.talk.isTTY === true && !output.json;
    return isThere && this.#questions < mostQuestions;
  }

  async #ask(what: string): Promise<string> {
    this.#questions += 1;
    const typed = await askSecret(`Backup password of the phone in ${what}`, this.#parts.context);
    this.#parts.services.redactor.add(typed);
    return typed;
  }

  #refused(tried: number, what: string): BackupError {
    const ways = `--phone-password-file, $${phonePasswordVariable}, or "password:" of the source`;
    const [missing] = this.#missing;
    if (tried === 0) {
      const why = missing === undefined ? '' : ` (${missing.message})`;
      return new BackupError(
        'WRONG_PASSWORD',
        `${what} is encrypted by the phone, and there is no password for it${why}`,
        {
          hint: `give the password that was set for local backups of this phone: ${ways}`,
          cause: missing,
        },
      );
    }
    const message =
      tried === 1
        ? `the password is not the one that the phone encrypted ${what} with`
        : `none of ${tried} passwords is the one that the phone encrypted ${what} with`;
    return new BackupError('WRONG_PASSWORD', message, {
      hint: `a backup opens with the password that was in force when it was made; give it by ${ways}`,
    });
  }
}

/** The source's own reference first; where the snapshot is of none of them, those of all. */
const referencesOf = (sources: readonly SourceConfig[], name: string | undefined): SecretReference[] => {
  const own = sources.filter((source) => source.name === name);
  return (own.length > 0 ? own : sources).flatMap(({ options }) => {
    const { password } = options as { readonly password?: SecretReference };
    return password === undefined ? [] : [password];
  });
};
