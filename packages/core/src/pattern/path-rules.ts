import ignore, { type Ignore } from 'ignore';
import { type BytePath, bufferFromBytes } from '../bytes.ts';

export type Verdict = 'excluded' | 'included' | 'undecided';

/** Decides about paths by patterns in the terms of `.gitignore`; the last pattern that matches decides. */
export interface PathRules {
  /**
   * `path` counts from the folder that the rules belong to, without a slash at either end. A folder above it that is excluded takes
   * it along, whatever later patterns say.
   */
  judge(path: BytePath, isFolder: boolean): Verdict;
}

/** The library remembers every path it judged; so often it is made to forget them, for memory not to grow with a tree. */
const judgementsRemembered = 20_000;

class IgnoreRules implements PathRules {
  readonly #compiled: Ignore;
  #current: Ignore;
  #judged = 0;

  constructor(compiled: Ignore) {
    this.#compiled = compiled;
    this.#current = caseSensitive().add(compiled);
  }

  judge(path: BytePath, isFolder: boolean): Verdict {
    if (++this.#judged % judgementsRemembered === 0) this.#current = caseSensitive().add(this.#compiled);
    const text = patternText(path);
    const { ignored, unignored } = this.#current.test(isFolder ? `${text}/` : text);
    return ignored ? 'excluded' : unignored ? 'included' : 'undecided';
  }
}

const caseSensitive = (): Ignore => ignore({ ignorecase: false, allowRelativePaths: true });

const nonAscii = /[\u0080-\u00ff]/;

/** Patterns are text, so names are matched as text; a byte that is not UTF-8 is one unknown character, which `?` and `*` match. */
const patternText = (path: BytePath): string =>
  nonAscii.test(path) ? bufferFromBytes(path).toString('utf8') : (path as string);

/** The rules of a file like `.gitignore` that stands in the folder from which paths count. */
export const fileRules = (content: string): PathRules => new IgnoreRules(caseSensitive().add(content));

/** Where the short forms of a pattern begin; absolute folders with forward slashes, as text. */
export interface PatternBases {
  readonly home: string;
  /** For patterns that begin with `./`. */
  readonly base: string;
}

/**
 * The rules of a list of patterns over the whole file system, as restic's `--exclude` has them: `*.tmp` and `build/*.o` match at any
 * depth, `/var/tmp` begins at the root, `~/…` in the home folder and `./…` in `base` (with `bases`); `!` takes back, a slash at the end means folders
 * only, `**` any number of folders. Without patterns `undefined`.
 */
export const searchRules = (patterns: readonly string[], bases?: PatternBases): PathRules | undefined => {
  const rules = patterns.flatMap((pattern) => (pattern.trim() === '' ? [] : [{ pattern: anchored(pattern, bases) }]));
  return rules.length === 0 ? undefined : new IgnoreRules(caseSensitive().add(rules));
};

const anchored = (pattern: string, bases: PatternBases | undefined): string => {
  const negative = pattern.startsWith('!');
  const body = negative ? pattern.slice(1) : pattern;
  return `${negative ? '!' : ''}${place(body, bases)}`;
};

/** `ignore` takes a slash inside a pattern as a sign that it begins at the root; here only one at its beginning is. */
const place = (body: string, bases: PatternBases | undefined): string => {
  if (bases && (body === '~' || body.startsWith('~/'))) return literal(bases.home) + body.slice(1);
  if (bases && body.startsWith('./')) return literal(bases.base) + body.slice(1);
  if (body.startsWith('/') || body.startsWith('**/')) return body;
  if (body.slice(0, -1).includes('/')) return `**/${body}`;
  return body.startsWith('#') ? `\\${body}` : body;
};

/** A folder's path as a pattern that matches it alone. */
const literal = (path: string): string => {
  const rooted = path.startsWith('/') ? path : `/${path}`;
  return rooted.replace(/\/$/, '').replace(/[\\*?[\]!#]/g, '\\$&');
};

/** Whether a `[` of a pattern is not closed: such a pattern matches nothing, as in Git. */
export const hasOpenBracket = (pattern: string): boolean =>
  pattern.replaceAll(/\\.|\[!?(?:\\.|[^\\])(?:\\.|[^\]\\])*\]/gs, '').includes('[');
