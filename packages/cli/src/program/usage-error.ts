import type { BackupError } from '@triplicate/core';
import type { CommanderError } from 'commander';

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
  const hint =
    meant === undefined ? 'see `triplicate --help`' : `did you mean ${meant.split(', ').map(quote).join(' or ')}?`;
  return new BackupError('USAGE', message, { hint });
};

const quote = (word: string): string => `"${word}"`;
