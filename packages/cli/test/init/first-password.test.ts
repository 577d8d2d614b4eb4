import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createCli, type Cli } from '../support/cli.ts';

let cli: Cli;
beforeEach(async () => {
  cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  const config = [
    'version: 1',
    'pipelines:',
    '  main:',
    '    sources: { docs: { type: files, paths: [./docs] } }',
    '    destinations: { disk: { type: local, path: ./disk }, next: { type: local, path: ./next } }',
    '    encrypt: { password: { file: ./secret } }',
  ];
  await writeFile(join(cli.folder, 'triplicate.yaml'), config.join('\n'));
});
afterEach(() => cli[Symbol.asyncDispose]());

const long = 'four good random words';
const keep = (text: string): Promise<void> => writeFile(join(cli.folder, 'secret'), `${text}\n`, { mode: 0o600 });

it('the password of a new repository is typed twice, a short one is questioned, and it is said where to put it', async () => {
  const { code, err } = await cli.type(['init'], {
    answers: [
      ['The password', 'x\r'],
      ['Use it all the same?', '\r'],
      // The first one is the one that is mistyped.
      ['The password', 'four god random words\r'],
      ['The same password again', `${long}\r`],
      ['type it twice once more', ''],
      ['The password', `${long}\r`],
      ['The same password again', `${long}\r`],
    ],
  });
  expect(code).toBe(0);
  expect(err.replaceAll(/\s+/g, ' ')).toContain('put the password into the file "./secret" now');
  await keep(long);
  expect(await cli.type(['snapshots'])).toMatchObject({ code: 0 });
});

it('the password of a repository that is there is typed once', async () => {
  await keep(long);
  await cli.type(['init', '--config', 'triplicate.yaml']);
  await rename(join(cli.folder, 'secret'), join(cli.folder, 'elsewhere'));
  await rm(join(cli.folder, 'next'), { recursive: true });
  const { code, out } = await cli.type(['init'], { answers: [['Password of the repository', `${long}\r`]] });
  expect(out).toContain('added a replica on next');
  expect(code).toBe(0);
});

it('a short password that is there already is named', async () => {
  await keep('hello');
  const { code, err } = await cli.type(['init']);
  expect(code).toBe(0);
  expect(err).toContain('note: the password is short (5 of at least 12 characters)');
});

it('a short password is questioned by keys add too', async () => {
  await keep(long);
  await cli.type(['init']);
  const { code } = await cli.type(['keys', 'add'], {
    answers: [
      ['The new password', 'hello\r'],
      ['Use it all the same?', 'y'],
      ['The same password again', 'hello\r'],
    ],
  });
  expect(code).toBe(0);
  await writeFile(join(cli.folder, 'new'), 'halo\n', { mode: 0o600 });
  const { err } = await cli.type(['keys', 'add', '--new-password-file', 'new']);
  expect(err).toContain('note: the password is short (4 of at least 12 characters)');
});
