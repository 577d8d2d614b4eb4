import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * What tells whether two absolute paths lead to one place: the same text for both, through links and however they are written. What is
 * not there yet counts from the nearest folder that is.
 */
export const placeKey = (path: string): string => {
  let missing = '';
  for (let at = path; ; at = dirname(at)) {
    const found = statSync(at, { bigint: true, throwIfNoEntry: false });
    if (found) return `${found.dev}:${found.ino}/${missing}`;
    if (dirname(at) === at) return path;
    missing = join(basename(at), missing);
  }
};
