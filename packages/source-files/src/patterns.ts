import { BackupError, openRegular, toBackupError } from '@triplicate/core';
import { resolve } from 'node:path';

/** `~` and `~/…` in the home folder, anything relative from `base`; absolute, without a slash at the end. */
export const absolutePath = (
  path: string,
  { home, base }: { readonly home: string; readonly base: string },
): string => {
  if (path === '~') return resolve(home);
  return resolve(base, path.startsWith('~/') || path.startsWith('~\\') ? `${home}/${path.slice(2)}` : path);
};

/** The patterns in a file, one a line, without comments and empty lines. CONFIG_INVALID when it cannot be read, or is a pipe. */
export const readPatterns = async (file: string): Promise<readonly string[]> => {
  let content: string;
  try {
    await using opened = await openRegular(file);
    content = await opened.readFile('utf8');
  } catch (error) {
    throw new BackupError(
      'CONFIG_INVALID',
      `the patterns in "${file}" cannot be read: ${toBackupError(error).message}`,
      {
        hint: 'Correct "excludeFrom", or make the file readable.',
        cause: error,
      },
    );
  }
  return content
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
};
