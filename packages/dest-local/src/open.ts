import { lstat, readlink, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
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
  /** Nothing is deleted, since that would be refused. */
  readonly appendOnly?: boolean;
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
 * Opens a folder and creates nothing: a folder that is not there yet is made by the first `put`. With `mustExist` it is UNAVAILABLE then, and so it is
 * in any case behind a link that leads nowhere.
 * An empty folder opens well, be it new or the place where a disk is not mounted now: whether there is a repository in it is not for us to say.
 */
export const openLocal = async (options: OpenLocalOptions): Promise<LocalDestination> => {
  const { appendOnly = false, clock, mustExist = false, path, platform = thisPlatform } = options;
  const root = new Root(path, platform);
  try {
    if (await root.look()) return new LocalDestination(root, { appendOnly, clock, platform });
  } catch (error) {
    if (systemCode(error) !== 'ENOTDIR') throw translate(error, `cannot open ${path}`);
    throw new BackupError('CONFIG_INVALID', `${await fileOnTheWay(path)} is a file, not a folder`, {
      hint: 'Name a folder as "path" of this destination.',
    });
  }
  const link = await brokenLink(path);
  if (link !== undefined)
    throw new BackupError('UNAVAILABLE', `${link.path} is a link to ${link.target}, which is not there`, {
      hint: 'Plug in or mount the disk that it leads to, or make that folder.',
      permanent: true,
    });
  if (!mustExist) return new LocalDestination(root, { appendOnly, clock, platform });
  throw new BackupError('UNAVAILABLE', `there is no folder ${path}`, {
    hint: 'Plug in or mount the disk; for a new one, make the folder on it and run `triplicate init`.',
  });
};

/** A link on the way that leads nowhere: no folder can be made in its place. */
const brokenLink = async (path: string): Promise<{ readonly path: string; readonly target: string } | undefined> => {
  for (let at = path; at !== dirname(at); at = dirname(at)) {
    const info = await lstat(at).catch(() => undefined);
    if (info?.isSymbolicLink() === true && (await stat(at).catch(() => undefined)) === undefined)
      return { path: at, target: await readlink(at) };
    if (info !== undefined) return undefined;
  }
  return undefined;
};

const fileOnTheWay = async (path: string): Promise<string> => {
  for (let at = path; ; at = resolve(at, '..')) {
    const info = await stat(at).catch(() => undefined);
    if (info !== undefined || at === resolve(at, '..')) return at;
  }
};
