import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandTable } from '../src/commands/table.ts';
import { createCli, type Cli } from './support/cli.ts';
import { expectDocumented } from './support/json.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await createCli();
});
afterAll(() => cli[Symbol.asyncDispose]());

describe('the command line', () => {
  it('says what there is when nothing is asked', async () => {
    const { code, out, err } = await cli.type([]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatchSnapshot();
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('lists plugins in words of one kind', async () => {
    const { out } = await cli.type(['plugins']);
    expect(out.split('\n').filter((line) => line.endsWith('.'))).toEqual([]);
  });

  it.each(commandTable.map(({ name }) => name))('explains %s, with examples and exit codes', async (name) => {
    const { code, out } = await cli.type([name, '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: triplicate /);
    expect(out).toContain('\nExamples:\n');
    expect(out).toMatch(/\nExit codes:\n {2}0 +ok\n/);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
    expect((await cli.type(['help', name])).out).toBe(out);
    // A command is one line, to be copied.
    expect(out.split('\n').filter((line) => line.length > 80 && !line.startsWith('  triplicate '))).toEqual([]);
  });

  it.each([
    [['bakcup'], 'unknown command "bakcup"', 'did you mean "backup"?'],
    [['backup', '--wiat', 'all'], 'unknown option "--wiat"', 'did you mean "--wait"?'],
    [['backup', '--wait', 'some'], 'option "--wait <who>" argument "some" is invalid', 'it is none, quorum or all'],
    [['snapshots', '--latest', 'x'], 'option "--latest <n>" argument "x" is invalid', 'write a whole number from 1 on'],
    [['proof', '--files', '0'], 'option "--files <n>" argument "0" is invalid', 'write a whole number from 1 on'],
    [['runs', '--latest', '0'], 'option "--latest <n>" argument "0" is invalid', 'write a whole number from 1 on'],
    [['keys', 'ad'], '`triplicate keys` has no "ad"', 'it is list, add, '],
    [['ls'], 'missing required argument "snapshot"', 'beginning of an id, latest, latest:SOURCE, or a date; see'],
    [['keys'], 'missing required argument "action"', 'it is list, add, passwd, remove or kit'],
    [['config'], 'missing required argument "what"', 'it is check, schema, show or trust'],
    [
      ['diff', 'latest'],
      'missing required argument "after"',
      'the other one, written likewise; see `triplicate diff --help`',
    ],
    [['export'], 'missing required argument "kind"', 'it is '],
    [['backup', '--tag'], 'option "--tag <tag>" argument missing', 'see `triplicate backup --help`'],
    [
      ['stats', '--quiet', '--verbose'],
      'option "-q, --quiet" cannot be used with option "-v, --verbose"',
      'see `triplicate stats --help`',
    ],
    [['--quiet'], 'a command is missing', '`triplicate --help` lists them'],
    [['create'], 'unknown command "create"', 'here that is `triplicate backup`'],
    [['list'], 'unknown command "list"', 'here that is `triplicate snapshots`, or `triplicate ls` for what is in one'],
    [['mount'], 'unknown command "mount"', 'there is no mount here: `triplicate find`, `ls`, `cat` and `restore`'],
    [['restore', 'latest', '--target', 'x'], 'unknown option "--target"', 'here that is --to'],
    [['help', 'bakcup'], 'unknown command "bakcup"', 'did you mean "backup"?'],
    [['help', 'xyzzy'], 'unknown command "xyzzy"', 'see `triplicate --help`'],
    [['restore', 'latest'], 'nothing says where to', 'add --to FOLDER'],
  ])('answers %j with what is wrong, and exit code 2', async (parameters, message, hint) => {
    const { code, out, err } = await cli.type(parameters);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`error: ${message}`);
    expect(err).toContain(`hint: ${hint}`);
  });

  it.each([
    ['schedule', 'Arguments: action what to do (choices: "install", "remove", "show")'],
    ['restore', 'always replaces them, if-changed those of another size or time, never leaves all'],
    ['check', '1 failed, or there is damage'],
    ['heal', '1 failed, or there is damage left'],
    ['proof', '1 failed, or a destination does not restore'],
    ['proof', '(default: 20)'],
    ['daemon', '(default: 10MiB)'],
    ['completion', 'mkdir -p ~/.local/share/bash-completion/completions'],
  ])('explains in the help of %s what its words mean: %s', async (command, words) => {
    const { code, out } = await cli.type([command, '--help'], { columns: 80 });
    expect(code).toBe(0);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(words);
  });

  it('gives a program its errors as objects, on the standard output', async () => {
    const { code, err, lines } = await cli.type(['bakcup', '--json']);
    expect([code, err]).toEqual([2, '']);
    expect(lines).toEqual([
      { type: 'error', code: 'USAGE', message: 'unknown command "bakcup"', hint: 'did you mean "backup"?' },
    ]);
    expectDocumented(lines);
  });

  it('tells its version, to people and to programs', async () => {
    const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await cli.type(['--version'])).toMatchObject({ code: 0, out: `${version}\n` });
    const { lines } = await cli.type(['--version', '--json']);
    expect(lines).toMatchObject([{ type: 'version', version, json: 1 }]);
    expectDocumented(lines);
  });

  it('says where it looked for a configuration', async () => {
    const { code, err } = await cli.type(['backup']);
    expect(code).toBe(2);
    expect(err).toBe(
      'error: no configuration: neither "/anna/work/triplicate.yaml" nor "/anna/home/.config/triplicate/triplicate.yaml" is there\n' +
        '  hint: write one with `triplicate init`, or name one with "--config"\n',
    );
  });

  it('shows no stack but with --verbose', async () => {
    expect((await cli.type(['backup'])).err).not.toMatch(/\n\s+at /);
    expect((await cli.type(['backup', '--verbose'])).err).toMatch(/\n\s+at /);
  });
});
