import { inspect } from 'node:util';
import { isRecord } from './code-keys.ts';
import { hidePassword } from './literal-secrets.ts';
import { type KeyPath, type Problem, writePath } from './problem.ts';

/** One thing that a configuration runs when it is trusted. */
export interface Runnable {
  /** Of the key that needs the trust, from 1. */
  readonly line: number;
  readonly column: number;
  readonly path: string;
  /** A program with its arguments, or the path or package of a plugin, as the configuration has it. */
  readonly command: readonly string[];
}

/** What the values under keys that need trust would run, in the order of the text. */
export const whatRuns = (document: unknown, untrusted: readonly Problem[]): Runnable[] =>
  untrusted.flatMap(({ line, column, path }) => {
    const found = find(document, [], path);
    if (found === undefined) return [{ line, column, path, command: [] }];
    return commandsIn(found.value, found.path).map((each) => ({ line, column, ...each }));
  });

interface Found {
  readonly path: KeyPath;
  readonly value: unknown;
}

const find = (value: unknown, path: KeyPath, wanted: string): Found | undefined => {
  const here = writePath(path);
  if (here === wanted) return { path, value };
  if (typeof value !== 'object' || value === null || !wanted.startsWith(here) || path.length > deepest)
    return undefined;
  for (const [key, child] of Object.entries(value)) {
    const found = find(child, [...path, Array.isArray(value) ? Number(key) : key], wanted);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** No key that runs code is deeper; an alias may lead around for ever. */
const deepest = 32;

/** A list is one command; a group of options, as `hooks` is, may hold several. */
const commandsIn = (value: unknown, path: KeyPath): { readonly path: string; readonly command: string[] }[] => {
  if (!isRecord(value) || path.length > deepest)
    return [{ path: writePath(path), command: (Array.isArray(value) ? value : [value]).map(wordOf) }];
  return Object.entries(value)
    .filter(([key]) => !(key === 'timeout' && path.at(-1) === 'hooks'))
    .flatMap(([key, child]) => commandsIn(child, [...path, key]));
};

const wordOf = (value: unknown): string =>
  hidePassword(typeof value === 'string' ? value : inspect(value, { breakLength: Infinity }));
