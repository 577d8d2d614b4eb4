import { dirname, resolve } from 'node:path';
import { absoluteOf } from '../compose/disks.ts';
import type { CliSurroundings } from '../surroundings.ts';
import { nameOfPath } from './draft.ts';

/** Says nothing of the place, and reads in a result as if all of the backup were meant. */
const general = /^(?:back-?ups?|restic|triplicate|repo(?:sitory)?|cop(?:y|ies))$/;
/** Where disks and people have their folders. */
const roots = /^(?:media|mnt|volumes|run|home|users|tmp|srv|root)$/;

/** The name of the destination in a folder: its own, or where that is a general one, of the disk or folder around it. */
export const nameOfFolder = (typed: string, { cwd, home }: Pick<CliSurroundings, 'cwd' | 'home'>): string => {
  let folder = absoluteOf(typed, { directory: cwd, home });
  for (;;) {
    const name = nameOfPath(folder);
    const around = dirname(folder);
    if (folder === around || folder === resolve(home) || roots.test(name)) return 'disk';
    if (!general.test(name)) return name;
    folder = around;
  }
};
