import type { BackupError } from '@triplicate/core';
import type { Command, CommanderError } from 'commander';
import { formatChoice } from '../output/format.ts';

/** What is wrong, and what would be right. */
const wrongValue = /^(.* is invalid(?: for argument "[^"]*")?)\. (.+)$/s;
const choices = /^Allowed choices are (.+)$/;
const suggestion = /\n?\(Did you mean (?:one of )?(.+?)\?\)/;

/** What the parser complains about, as an error of ours with what was probably meant as its hint. */
export const usageError = async (error: CommanderError, command?: Command): Promise<BackupError> => {
  const { BackupError } = await import('@triplicate/core');
  if (error.code === 'commander.help') {
    return new BackupError('USAGE', 'a command is missing', { hint: '`triplicate --help` lists them' });
  }
  const text = error.message.replace(/^error: /, '');
  const meant = suggestion.exec(text)?.[1];
  const message = text.replace(suggestion, '').replaceAll("'", '"').trim().replace(/\.$/, '');
  if (error.code === 'commander.invalidArgument') {
    const [, what = message, right = ''] = wrongValue.exec(message) ?? [];
    const allowed = choices.exec(right)?.[1]?.split(', ');
    const hint = allowed === undefined ? right : `it is ${formatChoice(allowed)}`;
    return new BackupError('USAGE', withoutJargon(what, command), { hint });
  }
  const help = `see \`triplicate ${command === undefined || command.name() === 'help' ? '' : `${command.name()} `}--help\``;
  if (error.code === 'commander.missingArgument') {
    const missing = /"(.+)"$/.exec(message)?.[1];
    const argument = command?.registeredArguments.find((one) => one.name() === missing);
    const right = argument?.argChoices
      ? `it is ${formatChoice(argument.argChoices)}`
      : [argument?.description ?? '', help].filter((part) => part !== '').join('; ');
    return new BackupError('USAGE', message, { hint: right });
  }
  const foreign = foreignWords[/^unknown (?:command|option) "(.+)"$/.exec(message)?.[1] ?? ''];
  if (foreign !== undefined) return new BackupError('USAGE', message, { hint: foreign });
  const hint = meant === undefined ? help : `did you mean ${meant.split(', ').map(quote).join(' or ')}?`;
  return new BackupError('USAGE', message, { hint });
};

/** What a person types who comes from another program. */
const foreignWords: Readonly<Record<string, string>> = {
  create: 'here that is `triplicate backup`',
  run: 'here that is `triplicate backup`',
  list: 'here that is `triplicate snapshots`, or `triplicate ls` for what is in one',
  extract: 'here that is `triplicate restore`',
  recover: 'here that is `triplicate restore`',
  dump: 'here that is `triplicate cat`',
  mount:
    'there is no mount here: `triplicate find`, `ls`, `cat` and `restore` reach every file; stock restic mounts each destination',
  copy: 'here that is `triplicate sync`',
  verify: 'here that is `triplicate check --read-data`, or `triplicate proof` for a restore test',
  repair: 'here that is `triplicate heal`',
  delete: 'here that is `triplicate forget`, and `triplicate prune` to free what it held',
  key: 'here that is `triplicate keys`',
  version: 'here that is `triplicate --version`',
  '--target': 'here that is --to',
  '-r': 'here that is --repo',
};

const ofArgument = /^command-argument value "(.*)" is invalid for argument "[^"]*"$/s;

const withoutJargon = (message: string, command: Command | undefined): string => {
  const value = ofArgument.exec(message)?.[1];
  return value === undefined || command === undefined ? message : `\`triplicate ${command.name()}\` has no "${value}"`;
};

const quote = (word: string): string => `"${word}"`;
