import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCli, type Cli, type Ended } from './support/cli.ts';
import { expectDocumented } from './support/json.ts';

const password = 'correct horse battery staple';
let cli: Cli;
beforeAll(async () => {
  cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  await writeFile(join(cli.folder, 'docs', 'a.txt'), 'a');
  await type('init', '--source', 'docs', '--to', 'disk', '--password-env', 'SECRET');
});
afterAll(() => cli[Symbol.asyncDispose]());

const type = (...parameters: string[]): Promise<Ended> => cli.type(parameters, { env: { SECRET: password } });

describe('a password', () => {
  it('is never printed, whatever is asked and however it fails', async () => {
    await rm(join(cli.folder, 'docs', 'a.txt'));
    const asked = [
      ['config', 'show'],
      ['config', 'check'],
      ['backup', '--verbose'],
      ['status', '--verbose'],
      ['keys', 'list', '--json'],
      ['doctor', '--verbose'],
      ['ls', password],
      ['restore', 'latest', '--to', password, '--json'],
    ];
    for (const parameters of asked) {
      const { out, err } = await type(...parameters);
      expect({ parameters, said: out + err }).not.toMatchObject({ said: expect.stringContaining(password) as string });
    }
    expect(await readdir(cli.folder)).toContain(password);
  });

  it('that is wrong is exit code 12, and nothing tells which it was', async () => {
    const { code, out, err } = await cli.type(['snapshots'], { env: { SECRET: 'hunter2' } });
    expect([code, out]).toEqual([12, '']);
    expect(err).toBe(
      'error: the password from the environment variable "SECRET" does not open the repository at /anna/work/disk\n' +
        '  hint: give the password that the repository has now; when it was changed, the new one belongs in the place of the old\n',
    );
  });

  it('that is missing is told with the place where it should be, and nobody is asked without a terminal', async () => {
    const { code, err } = await cli.type(['snapshots']);
    expect(code).toBe(2);
    expect(err).toContain('error: no password for the repository: the environment variable "SECRET" is not set');
    const bare = await cli.type(['--repo', 'disk', 'snapshots', '--json']);
    expect(bare.lines).toMatchObject([{ type: 'error', code: 'CONFIG_INVALID' }]);
  });

  it('may be one of several', async () => {
    await writeFile(join(cli.folder, 'new'), 'another one\n', { mode: 0o600 });
    const added = await type('keys', 'add', '--new-password-file', 'new', '--json');
    expectDocumented(added.lines);
    expect(added).toMatchObject({ code: 0, lines: [{ type: 'key-change', change: 'added', destination: 'disk' }] });
    expect(await cli.type(['snapshots'], { env: { SECRET: 'another one' } })).toMatchObject({ code: 0 });
    const { lines } = await type('keys', 'list', '--json');
    expectDocumented(lines);
    expect(lines.filter(({ current }) => current === true)).toHaveLength(1);
    expect(lines).toHaveLength(2);
    const inUse = lines.find(({ current }) => current === true)?.['id'];
    expect(await type('keys', 'remove', String(inUse))).toMatchObject({ code: 2 });
    expect(await type('keys', 'remove', 'ffffffff')).toMatchObject({ code: 1 });
    const other = String(lines.find(({ current }) => current === false)?.['id']);
    expect((await type('keys', 'remove', other.slice(0, 8))).out).toBe(`disk  key ${other.slice(0, 8)} removed\n`);
    expect(await cli.type(['snapshots'], { env: { SECRET: 'another one' } })).toMatchObject({ code: 12 });
    expect(await type('keys', 'add')).toMatchObject({ code: 2 });
  });
});
