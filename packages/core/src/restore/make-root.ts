import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { BackupError, toBackupError } from '../errors.ts';
import { systemCode } from '../posix/errno.ts';

/**
 * Makes the folder at an absolute path with those above it that are missing, private to its maker unless `mode` says
 * otherwise. Node's own `recursive` tries for
 * ever where a folder that is there takes no other, as `/proc` does. ALREADY_EXISTS when something else stands on the way. It returns
 * those that were missing, the innermost first.
 */
export const makeRoot = (path: string, mode = 0o700): readonly string[] => {
  const missing: string[] = [];
  for (let at = path; !isFolder(at); at = dirname(at)) missing.push(at);
  for (const folder of missing.toReversed()) make(folder, mode);
  return missing;
};

/** Takes back what `makeRoot` made, as far as nothing stands in it. */
export const unmakeRoot = (made: readonly string[]): void => {
  try {
    for (const folder of made) rmdirSync(folder);
  } catch {
    // Somebody else has put something there.
  }
};

/** Throws when something stands there, or on the way to it, that is no folder. */
export const isFolder = (path: string): boolean => {
  try {
    if (statSync(path).isDirectory()) return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' && path !== dirname(path)) return false;
    if (code !== 'ENOTDIR') throw toBackupError(error, 'IO', `"${path}"`);
    return isFolder(dirname(path));
  }
  throw new BackupError('ALREADY_EXISTS', `"${path}" is not a folder`, {
    hint: 'give a folder, or a path where nothing stands yet',
  });
};

const make = (folder: string, mode: number): void => {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (systemCode(error) === 'EEXIST' && isFolder(folder)) return;
    const { code, message, context } = toBackupError(error);
    throw new BackupError(code, `the folder "${folder}" cannot be made: ${message}`, {
      hint: 'choose a place where you may make folders',
      context,
      cause: error,
    });
  }
};
