import { wrapAnsi } from 'fast-wrap-ansi';
import { exitCodeWords, type ExitCode } from '../exit-codes.ts';
import type { CommandDefinition } from './command.ts';

/** Under the help of a command: what one types, and what it ends with. */
export const commandHelp = ({ examples, exits, exitWords }: CommandDefinition): string => {
  const lines = examples.flatMap(([line, meaning]) => [
    `  triplicate ${line}`,
    ...wrapAnsi(meaning, widestWords).replaceAll(/^/gm, '      ').split('\n'),
  ]);
  const codes = [0, ...exits, 130].toSorted((a, b) => a - b) as ExitCode[];
  return [
    '',
    'Examples:',
    ...lines,
    '',
    'Exit codes:',
    ...codes.map((code) => exitCodeLine(code, exitWords?.[code] ?? exitCodeWords[code])),
  ].join('\n');
};

/** So that no word is cut in a terminal of 80 columns. */
const widestWords = 72;

const exitCodeLine = (code: ExitCode, words: string): string =>
  `  ${String(code).padEnd(4)} ${wrapAnsi(words, widestWords).replaceAll('\n', '\n       ')}`;

/** Under the list of commands. */
export const programHelp = [
  '',
  'Begin with:',
  '  triplicate demo                 see it work on this machine, within a minute',
  '  triplicate init                 write a configuration, asking what is needed',
  '  triplicate backup               back up; again whenever you like',
  '  triplicate restore latest --to DIR',
  '',
  'Each command explains itself: triplicate <command> --help',
].join('\n');
