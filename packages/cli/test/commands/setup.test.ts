import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCli, type Cli } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  await writeFile(join(cli.folder, 'docs', 'a.txt'), 'a');
});
afterAll(() => cli[Symbol.asyncDispose]());

describe('plugins', () => {
  it('lists what may stand behind "type:"', async () => {
    const { code, lines } = await cli.type(['plugins', '--json']);
    expect(code).toBe(0);
    expectDocumented(lines);
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'source', name: 'files', summary: expect.any(String) as string }),
        expect.objectContaining({ kind: 'transform', name: 'dedupe' }),
        expect.objectContaining({ kind: 'destination', name: 'local' }),
      ]),
    );
  });
});

describe('doctor', () => {
  it('says what is missing before there is anything', async () => {
    const { code, out } = await cli.type(['doctor']);
    expect(code).toBe(2);
    expect(out).toContain('  failed   is found and has no mistake: no configuration');
    const narrow = stripVTControlCharacters((await cli.type(['doctor'], { room: 60 })).out);
    // Nothing but subjects and marks stands further to the left than the words.
    expect(
      narrow.split('\n').filter((line) => /^ {2,10}\S/.test(line) && !/^ {2}(ok|caution|failed) /.test(line)),
    ).toEqual([]);
  });

  it('proves a destination and leaves nothing in it', async () => {
    await cli.type(['init', '--source', 'docs', '--to', 'disk']);
    const files = async (): Promise<string[]> => {
      const entries = await readdir(join(cli.folder, 'disk'), { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .toSorted();
    };
    const before = await files();
    const { code, lines } = await cli.type(['doctor', 'disk', '--json']);
    expectDocumented(lines);
    expect(lines.at(-1)).toMatchObject({ type: 'summary', failed: 0, warnings: 0 });
    expect(lines.filter(({ subject }) => subject === 'proof of disk').length).toBeGreaterThan(30);
    expect(code).toBe(0);
    expect(await files()).toEqual(before);
    const { out } = await cli.type(['doctor', 'disk']);
    expect(out.split('\n').length).toBeLessThan(25);
    expect(out).toMatch(/ok +does what backups need, in \d+ checks/);
    expect((await cli.type(['doctor', 'disk', '--verbose'])).out).toContain('begins nothing for a signal');
    expect(await cli.type(['doctor', 'dsk'])).toMatchObject({ code: 2 });
  });

  it('ends as every command does with a configuration that cannot be used', async () => {
    const config = join(cli.folder, 'wrong.yaml');
    await writeFile(config, 'version: 1\npipelines: 5\n');
    const { code } = await cli.type(['-c', config, 'status']);
    expect(await cli.type(['-c', config, 'doctor'])).toMatchObject({ code });
    expect(code).toBe(2);
  });

  it('fails on a path of a source that is not there', async () => {
    const config = join(cli.folder, 'lost.yaml');
    await cli.type(['-c', config, 'init', '--source', 'docs=docs', '--to', 'lost-disk']);
    const text = await readFile(config, 'utf8');
    const paths = (where: string): string => text.replace(/paths: \[.*?\]/, `paths: [docs, ${where}]`);
    await writeFile(config, paths('/no/such/folder'));
    const { code, out } = await cli.type(['-c', config, 'doctor']);
    expect(out).toContain('source main.docs\n  ok       can be read: /anna/work/docs\n');
    expect(out).toContain(
      '  failed   can be read: "/no/such/folder": no such file or folder\n           hint: correct "paths"',
    );
    expect(code).toBe(1);
    await writeFile(config, paths('docs/a.txt'));
    expect(await cli.type(['-c', config, 'doctor'])).toMatchObject({ code: 0 });
  });

  it('fails on a destination that only the key of another opens', async () => {
    const config = ['-c', join(cli.folder, 'two.yaml')];
    await cli.type([...config, 'init', '--source', 'docs', '--to', 'first', '--to', 'second']);
    expect(await cli.type([...config, 'doctor'])).toMatchObject({ code: 0 });
    const keys = join(cli.folder, 'first', 'keys');
    const [name = ''] = await readdir(keys);
    const key = JSON.parse(await readFile(join(keys, name), 'utf8')) as object;
    await rm(join(keys, name));
    // Another salt is another password.
    const other = JSON.stringify({ ...key, salt: Buffer.alloc(64, 7).toString('base64') });
    await writeFile(join(keys, createHash('sha256').update(other).digest('hex')), other);
    const { code, lines } = await cli.type([...config, 'doctor', '--json']);
    expect(code).toBe(1);
    expect(lines.filter(({ status }) => status === 'failed')).toEqual([
      expect.objectContaining({
        subject: 'destination main.first',
        message: expect.stringContaining('the password does not open the repository') as string,
        hint: expect.stringContaining('heal') as string,
      }),
    ]);
    expect(await cli.type([...config, 'heal'])).toMatchObject({ code: 0 });
    expect(await cli.type([...config, 'doctor'])).toMatchObject({ code: 0 });
  });

  it('knows that a prefix takes its part of the longest name', async () => {
    await cli.type(['init', '--source', 'docs', '--to', 'disk']);
    const file = join(cli.folder, 'triplicate.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('type: local,', `type: local, prefix: ${'p'.repeat(60)},`));
    const { code, lines } = await cli.type(['doctor', 'disk', '--json']);
    expect(lines.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(code).toBe(0);
  });

  it.skipIf(process.getuid?.() === 0)('tells a folder that cannot be written (skipped for root, who can)', async () => {
    await chmod(join(cli.folder, 'disk'), 0o500);
    expect(await cli.type(['doctor', 'disk'])).toMatchObject({ code: 1 });
    await chmod(join(cli.folder, 'disk'), 0o700);
  });
});

describe('completion', () => {
  const complete = async (...words: string[]): Promise<string[]> => {
    const { out } = await cli.type(['completion', 'bash']);
    const script = `${out}\nCOMP_WORDS=(triplicate ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _triplicate; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout.trim().split('\n');
  };
  const hasBash = spawnSync('bash', ['--version']).status === 0;

  it.skipIf(!hasBash)('completes commands, options and choices in bash (skipped where there is none)', async () => {
    expect(await complete('re')).toEqual(['restore']);
    expect(await complete('--json', 'restore', '--ove')).toEqual(['--overwrite']);
    expect(await complete('keys', 'a')).toEqual(['add']);
    expect(await complete('backup', '--conf')).toEqual(['--config']);
  });

  it.skipIf(!hasBash)('offers after an option what it takes, and leaves files to bash', async () => {
    expect(await complete('backup', '--wait', '')).toEqual(['none', 'quorum', 'all']);
    expect(await complete('restore', 'latest', '--overwrite', 'n')).toEqual(['never']);
    // Nothing is offered: then bash completes files.
    expect(await complete('restore', 'latest', '--to', '')).toEqual(['']);
    expect(await complete('restore', 'latest', '-t', '')).toEqual(['']);
    expect(await complete('--config', '')).toEqual(['']);
    // Of the daemon this is a flag, and a pipeline may have the name of a command.
    expect(await complete('daemon', '--wait', '--on')).toEqual(['--once']);
    expect(await complete('-p', 'backup', 'stat')).toEqual(['status', 'stats']);
  });

  it.each(['zsh', 'fish', 'powershell'])('knows every command for %s', async (shell) => {
    const { code, out, lines } = await cli.type(['completion', shell]);
    expect([code, lines]).toEqual([0, []]);
    for (const word of ['backup', 'restore', 'dry-run', 'powershell']) expect(out).toContain(word);
  });

  it('knows no other shell', async () => {
    expect(await cli.type(['completion', 'csh'])).toMatchObject({ code: 2 });
  });
});
