import { formatProblems, type Config, type Problem, type Runnable } from '@triplicate/core';
import type { Style } from '../output/style.ts';

interface ProblemList {
  readonly file: string;
  readonly problems: readonly Problem[];
  readonly config: Config | undefined;
  readonly style: Style;
}

/** What `config check` says: every mistake at its place, or what there is when there is none. */
export const formatProblemList = ({ file, problems, config, style }: ProblemList): string => {
  if (config === undefined) {
    const count = problems.length === 1 ? 'one mistake' : `${problems.length} mistakes`;
    return `${formatProblems(file, problems)}\n${style.bad(count)}`;
  }
  const pipelines = config.pipelines.map(
    ({ name, sources, destinations }) => `  ${style.strong(name)}: ${list(sources)} to ${list(destinations)}`,
  );
  return [`${file}: ${style.good('no mistake')}`, ...pipelines].join('\n');
};

const list = (uses: readonly { readonly name: string }[]): string => uses.map(({ name }) => name).join(', ');

interface Trust {
  readonly file: string;
  readonly code: readonly Runnable[];
  readonly trusted: boolean;
  readonly style: Style;
}

/** What `config trust` has changed, and what is allowed by it. */
export const formatTrust = ({ file, code, trusted, style }: Trust): string => {
  if (!trusted) return `${file} is not trusted any more`;
  const runs = code.map(
    ({ line, column, path, command }) =>
      `  ${file}:${line}:${column}: ${visible(path)}: ${command.map(wordOf).join(' ')}`,
  );
  if (runs.length === 0) return `${file} is trusted; it runs nothing now`;
  return [`${file} is ${style.strong('trusted')}, until it changes, to run`, ...runs, notCovered].join('\n');
};

/** A person who trusts what `./hook.sh` says today trusts what it says tomorrow. */
const notCovered =
  'this covers the file and the plugins that it names by their path; a program that it names may change without a new question';

/** One word for the eye, however many it holds: what is not plain is quoted, with what cannot be seen escaped. */
const wordOf = (argument: string): string =>
  /^[\w@%+=:,./~^*-]+$/.test(argument) ? argument : visible(JSON.stringify(argument));

const visible = (text: string): string => text.replace(/\p{C}/gu, escaped);

const escaped = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`;
