import { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { commandTable } from '../../src/commands/table.ts';
import { exitCodes } from '../../src/exit-codes.ts';
import { addGlobalOptions } from '../../src/program/global-options.ts';
import { lineKinds } from '../support/json.ts';

const page = await readFile(new URL('../../../../docs/json.md', import.meta.url), 'utf8');

/** The part of the page under the heading that names what matches. */
const section = (wanted: (heading: string) => boolean): string =>
  page
    .split(/^### /m)
    .filter((part) => wanted(part.split('\n')[0] ?? ''))
    .join('\n');

const sectionOf = ({ type, command }: (typeof lineKinds)[number]): string => {
  if (command !== undefined)
    return section((heading) => heading.includes('`summary`') && heading.includes(`\`${command}\``));
  const own = section((heading) => heading.includes(`\`${type}\``));
  return own.includes(`\`${type}\``) && type !== 'summary'
    ? own
    : section((heading) => heading === 'Lines of `config`');
};

describe('docs/json.md', () => {
  it.each(lineKinds.map((kind) => [`${kind.type} ${kind.command ?? ''}`.trim(), kind] as const))(
    'names every field of %s',
    (_, kind) => {
      const text = sectionOf(kind);
      const missing = kind.fields.filter(
        (field) => field !== 'type' && !new RegExp(`[\`{, ]${field}[\`},]`).test(text),
      );
      expect(missing).toEqual([]);
    },
  );
});

describe('docs/cli.md', () => {
  it('names every command, every exit code and every option of all commands', async () => {
    const text = await readFile(new URL('../../../../docs/cli.md', import.meta.url), 'utf8');
    const options = addGlobalOptions(new Command()).options.map(({ long }) => long ?? '');
    const wanted = [
      ...commandTable.map(({ name }) => `| \`${name}`),
      ...Object.values(exitCodes).map((code) => `| ${code} `),
      ...options,
    ];
    expect(wanted.filter((word) => !text.includes(word))).toEqual([]);
  });
});
