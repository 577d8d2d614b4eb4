import { type BytePath, bytesFromText } from '../bytes.ts';
import { searchRules } from '../pattern/path-rules.ts';
import type { RestoreOptions } from './options.ts';

/** `take` it with its attributes; `look` for something to take inside; `skip` it with all that is in it. */
export type Choice = 'take' | 'look' | 'skip';

/** Decides what of a snapshot is restored. */
export const createSelection = (options: RestoreOptions): ((path: BytePath, isFolder: boolean) => Choice) => {
  const exclude = searchRules(options.exclude ?? []);
  const include = searchRules(options.include ?? []);
  const places = placesOf(options.include ?? []);
  return (path, isFolder) => {
    if (exclude?.judge(path, isFolder) === 'excluded') return 'skip';
    const place = options.paths === undefined ? 'inside' : relationTo(options.paths, path);
    if (place === 'above') return isFolder ? 'look' : 'skip';
    if (place === 'outside') return 'skip';
    if (include === undefined || include.judge(path, isFolder) === 'excluded') return 'take';
    return isFolder && (places === undefined || relationTo(places, path) !== 'outside') ? 'look' : 'skip';
  };
};

const relationTo = (paths: readonly BytePath[], path: BytePath): 'inside' | 'above' | 'outside' => {
  let above = false;
  for (const wanted of paths) {
    if (wanted === '' || path === wanted || path.startsWith(`${wanted}/`)) return 'inside';
    if (wanted.startsWith(`${path}/`)) above = true;
  }
  return above ? 'above' : 'outside';
};

/**
 * The folders that all matches of the patterns are in, so that the rest of a snapshot need not be read; `undefined` when a match may be
 * anywhere.
 */
const placesOf = (patterns: readonly string[]): readonly BytePath[] | undefined => {
  const places: BytePath[] = [];
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) continue;
    if (!pattern.startsWith('/')) return undefined;
    const parts = pattern.split('/').filter((part) => part !== '');
    const wild = parts.findIndex((part) => /[*?[\\]/.test(part));
    places.push(bytesFromText((wild < 0 ? parts : parts.slice(0, wild)).join('/')));
  }
  return places;
};
