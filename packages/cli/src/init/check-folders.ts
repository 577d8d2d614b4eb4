import { BackupError, shellWord, toBackupError } from '@triplicate/core';
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { absoluteOf } from '../compose/disks.ts';
import type { CliSurroundings } from '../surroundings.ts';

type Base = Pick<CliSurroundings, 'cwd' | 'home'>;
const absolute = (typed: string, { cwd, home }: Base): string => absoluteOf(typed, { directory: cwd, home });

/** USAGE when what shall be backed up cannot be read: mostly a name that was mistyped. */
export const requireSource = (typed: string, base: Base): void => {
  const path = absolute(typed, base);
  try {
    accessSync(path, constants.R_OK);
  } catch (cause) {
    throw new BackupError('USAGE', `nothing to back up in "${path}": ${toBackupError(cause).message}`, {
      hint: 'correct --source',
      cause,
    });
  }
};

/** USAGE when even the folder around a destination is missing: no disk is mounted there, and the copy would be on this computer's own. */
export const requireAround = (typed: string, base: Base): void => {
  const path = absolute(typed, base);
  const around = dirname(path);
  if ([path, around].some((folder) => statSync(folder, { throwIfNoEntry: false }) !== undefined)) return;
  throw new BackupError('USAGE', `there is no "${around}" for "${path}": is its disk mounted?`, {
    hint: `mount the disk, or make the folder if it is meant: mkdir -p ${shellWord(path)}`,
  });
};
