import { dirname, resolve } from 'node:path';
import { absoluteOf } from '../compose/disks.ts';
import type { CliSurroundings } from '../surroundings.ts';
import { nameOfPath } from './draft.ts';

/** Says nothing of the place, and reads in a result as if all of the backup were meant. */
const general = /^(?:back-?ups?|restic|triplicate|repo(?:sitory)?|cop(?:y|ies))$/;
/** Where disks and people have their folders. */
const roots = /^(?:media|mnt|volumes|run|home|users|tmp|srv|root)$/;

type Places = Pick<CliSurroundings, 'cwd' | 'home'>;

/**
 * The name of the destination in a folder: its own, or where that is a general one, of the disk or folder around it; and longer ones, each
 * with one more of the folders around it: `b`, `usb-b`.
 */
export const namesOfFolder = (typed: string, places: Places): [string, ...string[]] => {
  const [first = 'disk', ...further] = foldersUpTo(typed, places).filter((name) => !general.test(name));
  return longer(first, further);
};

/** Of a source, which is called as its folder is. */
export const namesOfSource = (typed: string, places: Places): [string, ...string[]] => {
  const name = nameOfPath(typed);
  const [own, ...further] = foldersUpTo(typed, places);
  return longer(name, own === name ? further : []);
};

/** The names of the folder and of those around it, up to where disks and people have theirs. */
const foldersUpTo = (typed: string, { cwd, home }: Places): string[] => {
  const names: string[] = [];
  for (let folder = absoluteOf(typed, { directory: cwd, home }); ; folder = dirname(folder)) {
    const name = nameOfPath(folder);
    if (folder === dirname(folder) || folder === resolve(home) || roots.test(name)) return names;
    names.push(name);
  }
};

const longer = (first: string, further: readonly string[]): [string, ...string[]] => {
  const names: [string, ...string[]] = [first];
  for (const around of further) names.push(nameOfPath(`${around}-${names.at(-1)}`));
  return names;
};
