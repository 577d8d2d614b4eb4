import { constants, openSync } from 'node:fs';
import { type BytePath, textFromBytes } from '../bytes.ts';
import { BackupError, toBackupError } from '../errors.ts';
import { atCalls } from './at-calls.ts';
import type { Folder } from './folder.ts';
import { fsPath } from './fs-path.ts';
import { HandleFolder } from './handle-folder.ts';
import { PathFolder } from './path-folder.ts';

/** A folder that another thread holds open; it is that thread's to let go of. */
export const openHandle = (handle: number): Folder => {
  const calls = atCalls();
  if (calls === undefined) throw new BackupError('UNSUPPORTED', 'folders have no descriptors on this system');
  return new HandleFolder(handle, calls);
};

/**
 * Opens the folder at an absolute path that a person chose; links on the way to it are followed. By descriptor where this system can,
 * else by path.
 */
export const openFolder = (path: BytePath): Folder => {
  const calls = atCalls();
  if (calls === undefined) return new PathFolder(path);
  try {
    return new HandleFolder(openSync(fsPath(path), constants.O_RDONLY | constants.O_DIRECTORY), calls);
  } catch (error) {
    throw toBackupError(error, 'IO', `"${textFromBytes(path)}"`);
  }
};
