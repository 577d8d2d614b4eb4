import { wrapAnsi } from 'fast-wrap-ansi';
import { commandTable } from '../commands/table.ts';
import type { GlobalOptions } from '../program/global-options.ts';

const named = new RegExp(
  String.raw`(^|[\s\`("]|\u001b\[[\d;]*m)triplicate (?=(${commandTable.map(({ name }) => name).join('|')}|--[a-z-]+)\b)`,
  'gm',
);

/** They work on no configuration. */
const withoutConfig = ['demo', 'devices', 'plugins', 'completion'];
/** They need a configuration, whatever folder the command was given. */
const withoutRepo = [...withoutConfig, 'init', 'backup', 'sync', 'daemon', 'schedule', 'auth', 'config', 'publish'];

export interface TypedAs {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly given?: Given | undefined;
}

/** What the command was given that another one needs to work on the same; each as one word for a shell. */
export type Given = Readonly<Record<'config' | 'pipeline' | 'repo', string | undefined>>;

/** `quote` makes one word for a shell of a text. */
export const givenOf = ({ config, pipeline, repo }: GlobalOptions, quote: (text: string) => string): Given => {
  const word = (text: string | undefined): string | undefined => (text === undefined ? undefined : quote(text));
  return { config: word(config), pipeline: word(pipeline), repo: word(repo) };
};

/** Commands as this person has to type them: on the same configuration, and what npx runs is not on the path. */
export const asTyped = (text: string, { env, given }: TypedAs): string => {
  const program = env['npm_lifecycle_event'] === 'npx' ? 'npx triplicate ' : 'triplicate ';
  return text.replaceAll(
    named,
    (_, before: string, command: string) => `${before}${program}${optionsFor(command, given)}`,
  );
};

const optionsFor = (command: string, given: Given | undefined): string => {
  if (!given || command.startsWith('-') || withoutConfig.includes(command)) return '';
  const { config, pipeline, repo } = given;
  if (repo !== undefined) return withoutRepo.includes(command) ? '' : `--repo ${repo} `;
  const own = config === undefined ? '' : `-c ${config} `;
  return pipeline === undefined ? own : `${own}-p ${pipeline} `;
};

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
  const prefix = leading.exec(line)?.[0] ?? '';
  const indent = prefix.replaceAll(/[^ ]+/g, '');
  const text = prefix.replaceAll(' ', '') + line.slice(prefix.length);
  const lines = wrapAnsi(text, Math.max(narrowest, columns - indent.length), { trim: true });
  return lines.replaceAll(/^/gm, indent);
};

/** Colours may stand before, between and behind the spaces that a line begins with. */
// oxlint-disable-next-line no-control-regex -- exactly those
const leading = /^(?: |\u001b\[[\d;]*m)*/;
