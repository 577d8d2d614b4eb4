import { BackupError, type SecretReference } from '@triplicate/core';
import { basename, join, resolve, sep } from 'node:path';
import { flow } from './flow.ts';

/** A configuration before it is written: each entry is a YAML flow mapping. */
export interface Draft {
  readonly pipeline: string;
  readonly sources: ReadonlyMap<string, string>;
  readonly destinations: ReadonlyMap<string, string>;
  readonly password: SecretReference;
  readonly quorum?: number;
}

/** The text of `triplicate.yaml`. `schema` is where editors find the rules, an address or a path from the file. */
export const renderDraft = ({ pipeline, sources, destinations, password, quorum }: Draft, schema: string): string => {
  const entries = (map: ReadonlyMap<string, string>): string[] =>
    [...map].map(([name, text]) => `      ${name}: ${text}`);
  return [
    `# yaml-language-server: $schema=${schema}`,
    'version: 1',
    '',
    'pipelines:',
    `  ${pipeline}:`,
    '    sources:',
    ...entries(sources),
    '    destinations:',
    ...entries(destinations),
    `    encrypt: ${flow({ password })}`,
    ...(quorum === undefined ? [] : [`    quorum: ${quorum}`]),
    '',
  ].join('\n');
};

/** A word that can be a name in the configuration, out of the last part of a path. */
export const nameOfPath = (path: string): string => {
  const plain = basename(path)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
  return plain === '' ? 'root' : plain;
};

/** `name`, or `name-2` and so on when it is taken. */
export const freeName = (name: string, taken: { has(name: string): boolean }): string => {
  let free = name;
  for (let i = 2; taken.has(free); i += 1) free = `${name}-${i}`;
  return free;
};

/** Absolute, with `~` for the home folder where it is inside of it, as people write it. */
export const writtenPath = (path: string, { cwd, home }: { readonly cwd: string; readonly home: string }): string => {
  const expanded = /^~(?=$|[/\\])/.test(path) ? join(home, path.slice(1)) : resolve(cwd, path);
  return expanded.startsWith(home + sep) ? `~/${expanded.slice(home.length + 1).replaceAll(sep, '/')}` : expanded;
};

/** `name=rest`, where the name may be missing. A path with a `=` in it needs a name before it. */
export const splitNamed = (text: string): { readonly name: string | undefined; readonly rest: string } => {
  const [, name, rest] = /^([a-z0-9][a-z0-9-]*)=(.+)$/s.exec(text) ?? [];
  if (name !== undefined && rest !== undefined) return { name, rest };
  if (text === '') throw new BackupError('USAGE', 'an empty text names no place');
  return { name: undefined, rest: text };
};
