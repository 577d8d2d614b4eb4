import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { BackupError, type Clock } from '@triplicate/core';
import { systemCode, translate } from './errors.ts';
import { LocalDestination } from './local-destination.ts';
import { type Platform, thisPlatform } from './platform.ts';
import { Root } from './root.ts';

export interface OpenLocalOptions {
  /** Absolute. */
  readonly path: string;
  /** Whether the folder has to be there already: it stands on a disk that may be absent. */
  readonly mustExist?: boolean;
  readonly clock: Clock;
  readonly platform?: Platform;
}

/** `~` is the home folder; what is relative counts from the folder of the configuration. */
export const expandPath = (path: string, configDirectory: string): string => {
  if (path === '~') return homedir();
  const expanded = /^~[\\/]/.test(path) ? join(homedir(), path.slice(2)) : path;
  return isAbsolute(expanded) ? resolve(expanded) : resolve(configDirectory, expanded);
};

/**
 * Opens a folder and creates nothing: a folder that is not there yet is made by the first `put`. With `mustExist` it is UNAVAILABLE then.
 * An empty folder opens well, be it new or the place where a disk is not mounted now: whether there is a repository in it is not for us to say.
 */
export const openLocal = async (options: OpenLocalOptions): Promise<LocalDestination> => {
  const { clock, mustExist = false, path, platform = thisPlatform } = options;
  const root = new Root(path, platform);
  try {
    if (await root.look()) return new LocalDestination(root, { clock, platform });
  } catch (error) {
    if (systemCode(error) !== 'ENOTDIR') throw translate(error, `cannot open ${path}`);
    throw new BackupError('CONFIG_INVALID', `${await fileOnTheWay(path)} is a file, not a folder`, {
      hint: 'Name a folder as "path" of this destination.',
    });
  }
  if (!mustExist) return new LocalDestination(root, { clock, platform });
  throw new BackupError('UNAVAILABLE', `there is no folder ${path}`, {
    hint: 'Plug in or mount the disk; for a new one, make the folder on it and run `triplicate init`.',
  });
};

const fileOnTheWay = async (path: string): Promise<string> => {
  for (let at = path; ; at = resolve(at, '..')) {
    const info = await stat(at).catch(() => undefined);
    if (info !== undefined || at === resolve(at, '..')) return at;
  }
};
