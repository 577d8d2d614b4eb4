import { Command } from 'commander';
import { commandTable } from '../commands/table.ts';
import { addGlobalOptions } from '../program/global-options.ts';

/** A word that can be typed, and what it means. */
export interface Word {
  readonly text: string;
  readonly about: string;
  /** Of an option that takes a value: how it is also written, and the values where they are few (else none). */
  readonly value?: { readonly names: readonly string[]; readonly choices: readonly string[] };
}

export interface CommandWords extends Word {
  /** Long options and the fixed choices of the first argument. */
  readonly words: readonly Word[];
}

export interface AllWords {
  readonly commands: readonly CommandWords[];
  /** Options that every command knows. */
  readonly everywhere: readonly Word[];
}

/** What there is to complete, out of the declarations that also parse the command line. */
export const readCommands = async (): Promise<AllWords> => {
  const commands = await Promise.all(
    commandTable.map(async ({ name, summary, load }): Promise<CommandWords> => {
      const command = new Command(name);
      (await load()).command.configure(command);
      const choices = command.registeredArguments[0]?.argChoices ?? [];
      const words = [...choices.map((text) => ({ text, about: '' })), ...optionsOf(command)];
      return { text: name, about: summary, words };
    }),
  );
  const help: Word = { text: '--help', about: 'show the help' };
  return { commands, everywhere: [...optionsOf(addGlobalOptions(new Command())), help] };
};

const optionsOf = (command: Command): Word[] =>
  command.options.flatMap(({ long, short, description, required, argChoices }) => {
    if (!long) return [];
    const names = short ? [long, short] : [long];
    return [{ text: long, about: description, ...(required ? { value: { names, choices: argChoices ?? [] } } : {}) }];
  });
