import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCli, type Cli } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';

let cli: Cli;
beforeEach(async () => {
  cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
});
afterEach(() => cli[Symbol.asyncDispose]());

const inside = (...parts: string[]): string => join(cli.folder, ...parts);

describe('init', () => {
  it('writes the configuration and the password for their owner alone', async () => {
    const { code } = await cli.type(['init', '--source', 'docs', '--to', 'disk']);
    expect(code).toBe(0);
    for (const file of ['triplicate.yaml', 'triplicate.password'])
      expect((await stat(inside(file))).mode & 0o777).toBe(0o600);
  });

  it('takes the password from the environment, a file or the keychain, and makes none then', async () => {
    const places = [
      [['--password-env', 'SECRET'], 'encrypt: { password: { env: SECRET } }'],
      [['--password-file', 'own'], 'encrypt: { password: { file: "./own" } }'],
      [['--keychain', 'backup'], 'encrypt: { password: { keychain: backup } }'],
    ] as const;
    await writeFile(inside('own'), 'secret words\n', { mode: 0o600 });
    for (const [i, [flags, line]] of places.entries()) {
      const config = `${i}.yaml`;
      const { out } = await cli.type(['init', '--config', config, '--source', 'docs', '--to', `disk-${i}`, ...flags], {
        env: { SECRET: 'secret words' },
      });
      expect(out).not.toContain('the password is in');
      expect(await readFile(inside(config), 'utf8')).toContain(line);
    }
    expect(
      await cli.type([
        'init',
        '--config',
        'x',
        '--source',
        'docs',
        '--to',
        'd',
        '--keychain',
        'a',
        '--password-env',
        'b',
      ]),
    ).toMatchObject({ code: 2 });
  });

  it('needs to be told what and where to when nobody can be asked', async () => {
    const { code, err } = await cli.type(['init', '--source', 'docs']);
    expect(code).toBe(2);
    expect(err).toBe(
      'error: nothing says where to\n  hint: for example `triplicate init --source ~/Documents --to usb=/media/backup`; at a terminal, `triplicate init` alone asks\n',
    );
    expect(await cli.type(['init'])).toMatchObject({ code: 2 });
  });

  it('writes nothing that would be no configuration', async () => {
    const { code, err } = await cli.type(['init', '--source', 'docs', '--to', 'cloud={ type: loocal, path: x }']);
    expect(code).toBe(2);
    expect(err).toContain(
      'error: this would be no configuration:\n/anna/work/triplicate.yaml:9:22: unknown destination type "loocal"\n    did you mean "local"?',
    );
    await expect(stat(inside('triplicate.yaml'))).rejects.toThrow('ENOENT');
  });

  it('is partial when one of several destinations cannot be made', async () => {
    await writeFile(inside('file'), '');
    const { code, lines } = await cli.type([
      'init',
      '--source',
      'docs',
      '--to',
      'disk',
      '--to',
      'bad=file/inside',
      '--json',
    ]);
    expectDocumented(lines);
    expect(code).toBe(3);
    expect(lines.at(-1)).toMatchObject({
      command: 'init',
      isNew: true,
      destinations: [
        { destination: 'disk', status: 'created' },
        { destination: 'bad', status: 'failed', error: { code: 'CONFIG_INVALID' } },
      ],
    });
  });

  it('says whose replica stands at a destination, when two paths were swapped', async () => {
    const { code } = await cli.type(['init', '--source', 'docs', '--to', 'a=one', '--to', 'b=two']);
    expect(code).toBe(0);
    const file = inside('triplicate.yaml');
    const swap = async (): Promise<void> => {
      const paths: Record<string, string> = { one: 'two', two: 'one' };
      const text = await readFile(file, 'utf8');
      await writeFile(
        file,
        text.replaceAll(/\b(one|two)\b(?= })/g, (name) => paths[name] ?? name),
      );
    };
    await swap();
    expect((await cli.type(['backup'])).err + (await cli.type(['backup'])).out).toContain(
      '"a" holds the replica of "b"',
    );
    const swapped = await cli.type(['init', '--json']);
    expectDocumented(swapped.lines);
    expect(swapped.code).toBe(0);
    expect(swapped.lines.at(-1)).toMatchObject({
      destinations: [
        { destination: 'a', status: 'existing', exchanged: { from: 'b' } },
        { destination: 'b', status: 'existing', exchanged: { from: 'a' } },
      ],
    });
    await swap();
    const back = await cli.type(['init']);
    expect(back).toMatchObject({ code: 0, err: '' });
    expect(back.out).toContain('"b" holds the replica that "a" had, and keeps it from now on\n');
    expect((await cli.type(['init'])).out).toBe('already there: a and b\n');
    expect((await cli.type(['backup'])).out).toContain('stored on a and b');
  });
});
