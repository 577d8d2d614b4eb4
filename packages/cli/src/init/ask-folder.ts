import { toBackupError } from '@triplicate/core';
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { absoluteOf } from '../compose/disks.ts';
import { filled, type Ask } from '../prompt/ask.ts';
import type { CliSurroundings } from '../surroundings.ts';
import { writtenPath } from './draft.ts';
import { placeKey } from './place-key.ts';

export interface AskedFolder {
  /** As it was typed. */
  readonly typed: string;
  /** As it stands in the configuration. */
  readonly written: string;
  readonly absolute: string;
  /** Whether it has to be made first. */
  readonly isNew: boolean;
}

interface FolderParts {
  readonly surroundings: Pick<CliSurroundings, 'cwd' | 'home'>;
  /** The folders that other copies are in already. */
  readonly taken: readonly string[];
}

/** The folder of a copy: no other copy is in it, and it is there or can be made. */
export const askFolder = async (ask: Ask, { surroundings, taken }: FolderParts): Promise<AskedFolder> => {
  const { cwd, home } = surroundings;
  const absolute = (typed: string): string => absoluteOf(typed, { directory: cwd, home });
  for (;;) {
    const typed = await ask.text({
      message: 'Which folder?',
      placeholder: '/media/usb/backup',
      validate: (text) => filled(text) ?? objection(absolute(text), taken),
    });
    const folder = { typed, written: writtenPath(typed, surroundings), absolute: absolute(typed) };
    if (statSync(folder.absolute, { throwIfNoEntry: false })) return { ...folder, isNew: false };
    if (await ask.confirm('This folder is not there yet. Shall it be made?')) return { ...folder, isNew: true };
  }
};

/** Where even the folder around it is missing, no disk is mounted there. */
const objection = (folder: string, taken: readonly string[]): string | undefined => {
  try {
    const key = placeKey(folder);
    if (taken.some((other) => placeKey(other) === key)) return 'another copy is in this folder already: choose another';
    const found = statSync(folder, { throwIfNoEntry: false });
    if (found) return found.isDirectory() ? undefined : 'this is a file: choose a folder';
    const around = dirname(folder);
    if (!statSync(around, { throwIfNoEntry: false }))
      return `"${around}" is not there: mount the disk, or make that folder, and press Enter again`;
    accessSync(around, constants.W_OK);
    return undefined;
  } catch (error) {
    return toBackupError(error).message;
  }
};
