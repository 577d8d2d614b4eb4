import type { BackupError } from '@triplicate/core';
import type { CommanderError } from 'commander';
import { formatChoice } from '../output/format.ts';

/** What is wrong, and what would be right. */
const wrongValue = /^(.* is invalid(?: for argument "[^"]*")?)\. (.+)$/s;
const choices = /^Allowed choices are (.+)$/;
const suggestion = /\n?\(Did you mean (?:one of )?(.+?)\?\)/;

/** What the parser complains about, as an error of ours with what was probably meant as its hint. */
export const usageError = async (error: CommanderError): Promise<BackupError> => {
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
    return new BackupError('USAGE', what, { hint });
  }
  const hint =
    meant === undefined ? 'see `triplicate --help`' : `did you mean ${meant.split(', ').map(quote).join(' or ')}?`;
  return new BackupError('USAGE', message, { hint });
};

const quote = (word: string): string => `"${word}"`;
