import { wrapAnsi } from 'fast-wrap-ansi';
import { commandTable } from '../commands/table.ts';

const named = new RegExp(
  String.raw`(^|[\s\`(]|\u001b\[[\d;]*m)triplicate (?=(?:${commandTable.map(({ name }) => name).join('|')}|--[a-z-]+)\b)`,
  'gm',
);

/** Commands as this person has to type them: what npx runs is not on the path. */
export const asTyped = (text: string, env: Readonly<Record<string, string | undefined>>): string =>
  env['npm_lifecycle_event'] === 'npx' ? text.replaceAll(named, '$1npx triplicate ') : text;

const narrowest = 20;

/** Broken between words at the terminal's edge; further lines stand under the first. Where there is no terminal (0 columns) nothing is broken. */
export const wrapped = (text: string, columns: number): string =>
  columns < narrowest
    ? text
    : text
        .split('\n')
        .map((line) => wrapLine(line, columns))
        .join('\n');

/** A command that is shown is copied as one line. */
// oxlint-disable-next-line no-control-regex -- colours may stand before it
const isCommand = /^(?:\u001b\[[\d;]*m)*\$ /;

const wrapLine = (line: string, columns: number): string => {
  if (line.length <= columns || isCommand.test(line)) return line;
  const indent = /^ */.exec(line)?.[0] ?? '';
  const lines = wrapAnsi(line.slice(indent.length), Math.max(narrowest, columns - indent.length), { trim: true });
  return lines.replaceAll(/^/gm, indent);
};
