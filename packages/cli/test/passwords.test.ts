import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { expectDocumented } from './support/json.ts';
import { createCli, type Cli, type Ended } from './support/cli.ts';

let cli: Cli;
const keep = (file: string, text: string): Promise<void> =>
  writeFile(join(cli.folder, file), `${text}\n`, { mode: 0o600 });
const type = (...parameters: string[]): Promise<Ended> => cli.type(parameters);

beforeEach(async () => {
  cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  await mkdir(join(cli.folder, 'nas'));
  await keep('secret', 'the first good words');
  await keep('new', 'the second good words');
  const config = [
    'version: 1',
    'pipelines:',
    '  main:',
    '    sources: { docs: { type: files, paths: [./docs] } }',
    '    destinations: { disk: { type: local, path: ./disk }, nas: { type: local, path: ./nas, removable: true } }',
    '    encrypt: { password: { file: ./secret } }',
  ];
  await writeFile(join(cli.folder, 'triplicate.yaml'), config.join('\n'));
  await type('init');
});
afterEach(() => cli[Symbol.asyncDispose]());

it('a password that was changed: it is said at the end and afterwards where the new one belongs', async () => {
  const changed = await type('keys', 'passwd', '--new-password-file', 'new');
  expect(changed.code).toBe(0);
  expect(changed.err).toContain('the file "./secret" still holds the old password');
  const { code, err } = await type('snapshots');
  expect(code).toBe(12);
  expect(err).toContain('the password from the file "./secret" does not open the repository at /anna/work/disk');
  expect(err).toContain('the new one belongs in the place of the old');
  const doctor = await type('doctor');
  expect(doctor.code).toBe(1);
  expect(doctor.out).toContain('the password is from the file "./secret"');
  expect(doctor.out).not.toContain('heal');
});

it('a password that was changed while a disk was away is changed there when it is back, and until then it is told', async () => {
  await rename(join(cli.folder, 'nas'), join(cli.folder, 'drawer'));
  const changed = await type('keys', 'passwd', '--new-password-file', 'new');
  expect(changed.err).toContain('only the old password opens nas');
  await keep('old', 'the first good words');
  await keep('secret', 'the second good words');
  const still = /nas: the password that was changed on \d{4}-\d\d-\d\d still opens it/;
  for (const command of [['keys', 'list'], ['status']]) {
    const { out, err } = await type(...command);
    expect(out + err).toMatch(still);
  }
  const due = [{ change: 'changed', since: expect.any(String) as string }];
  const told = await type('status', '--json');
  expectDocumented(told.lines);
  expect(told.lines[0]).toMatchObject({ destinations: [{ keysDue: [] }, { keysDue: due }] });
  expectDocumented((await type('keys', 'list', '--json')).lines);

  await rename(join(cli.folder, 'drawer'), join(cli.folder, 'nas'));
  const healed = await type('heal', 'nas');
  expect(healed).toMatchObject({ code: 0 });
  expect(healed.err).toContain('nas: the new password opens it now, and the old one no more');
  for (const command of [['keys', 'list'], ['status']]) {
    const { out, err } = await type(...command);
    expect(out + err).not.toMatch(still);
  }
  const alone = (file: string): Promise<Ended> => type('--repo', './nas', '--password-file', file, 'snapshots');
  expect(await alone('old')).toMatchObject({ code: 12 });
  expect(await alone('secret')).toMatchObject({ code: 0 });
});

it('a disk that was away keeps the old password while the configuration has it', async () => {
  await rename(join(cli.folder, 'nas'), join(cli.folder, 'drawer'));
  await type('keys', 'passwd', '--new-password-file', 'new');
  await rename(join(cli.folder, 'drawer'), join(cli.folder, 'nas'));
  await type('backup');
  expect((await type('--repo', './nas', '--password-file', 'secret', 'snapshots')).code).toBe(0);
  // And for good when it is in use again.
  await keep('old', 'the first good words');
  await keep('secret', 'the second good words');
  await rename(join(cli.folder, 'nas'), join(cli.folder, 'drawer'));
  await type('keys', 'passwd', '--new-password-file', 'old');
  await rename(join(cli.folder, 'drawer'), join(cli.folder, 'nas'));
  await keep('secret', 'the first good words');
  expect((await type('backup')).code).toBe(0);
  expect((await type('status', '--json')).lines[0]).toMatchObject({ destinations: [{ keysDue: [] }, { keysDue: [] }] });
  for (const place of ['disk', 'nas'])
    expect((await type('--repo', `./${place}`, '--password-file', 'old', 'snapshots')).code).toBe(0);
});

it('a password that opens it already is not added again, and is where a disk was away', async () => {
  await rename(join(cli.folder, 'nas'), join(cli.folder, 'drawer'));
  expect((await type('keys', 'add', '--new-password-file', 'new')).code).toBe(3);
  await rename(join(cli.folder, 'drawer'), join(cli.folder, 'nas'));
  const again = await type('keys', 'add', '--new-password-file', 'new', '--json');
  expectDocumented(again.lines);
  expect(again.lines.map(({ change, destination }) => [change, destination])).toEqual([
    ['unchanged', 'disk'],
    ['added', 'nas'],
  ]);
  const { code, out, err } = await type('keys', 'add', '--new-password-file', 'new');
  expect(out).toMatch(/^disk {2}no key added: key [\da-f]{8} opens it with this password\nnas {3}no key added: /);
  expect([code, err]).toEqual([0, '']);
  expect((await type('keys', 'add', '--new-password-file', 'secret')).out).toContain('no key added');
  expect((await type('keys', 'list', '--json')).lines).toHaveLength(4);
});

it('a password that was taken away while a disk was away goes there when it is back', async () => {
  await type('keys', 'add', '--new-password-file', 'new');
  const { lines } = await type('keys', 'list', '--json');
  const added = lines.find(({ current }) => current === false)?.['id'];
  await rename(join(cli.folder, 'nas'), join(cli.folder, 'drawer'));
  const { err } = await type('keys', 'remove', String(added));
  expect(err).toContain('the password may still open nas, until');
  expect((await type('status')).out).toMatch(/nas: the password that was taken away on .* still opens it/);
  await rename(join(cli.folder, 'drawer'), join(cli.folder, 'nas'));
  const synced = await type('sync', '--json');
  expectDocumented(synced.lines);
  expect(synced.lines).toContainEqual({ type: 'key-change', change: 'removed', destination: 'nas' });
  expect((await type('--repo', './nas', '--password-file', 'new', 'snapshots')).code).toBe(12);
  expect((await type('--repo', './nas', '--password-file', 'secret', 'snapshots')).code).toBe(0);
});

it('doctor sends to heal where another destination opens', async () => {
  await rename(join(cli.folder, 'nas'), join(cli.folder, 'drawer'));
  await type('keys', 'passwd', '--new-password-file', 'new');
  await rename(join(cli.folder, 'drawer'), join(cli.folder, 'nas'));
  await keep('secret', 'the second good words');
  expect((await type('doctor')).out).toContain('heal` makes a key file for it');
});

it('a password goes from every destination by the id of one key, and the list shows which belong together', async () => {
  await type('keys', 'add', '--new-password-file', 'new');
  const { out } = await type('keys', 'list');
  const rows = out.split('\n').filter((line) => /^(disk|nas) /.test(line));
  const sets = rows.map((row) => [row.endsWith('in use'), / (\d+)( +in use)? *$/.exec(row)?.[1]] as const);
  expect(new Set(sets.filter(([inUse]) => inUse).map(([, set]) => set)).size).toBe(1);
  expect(new Set(sets.filter(([inUse]) => !inUse).map(([, set]) => set)).size).toBe(1);
  expect(new Set(sets.map(([, set]) => set)).size).toBe(2);
  const added = rows.find((row) => !row.endsWith('in use'))?.split(/ +/)[1] ?? '';
  expect((await type('keys', 'remove', added)).out).toMatch(/^disk {2}key \w+ removed\nnas {3}key \w+ removed$/m);
  await keep('secret', 'the second good words');
  expect(await type('snapshots')).toMatchObject({ code: 12 });
});

it('the key of a password that was made on one destination later is named', async () => {
  await rename(join(cli.folder, 'nas'), join(cli.folder, 'drawer'));
  await type('keys', 'add', '--new-password-file', 'new');
  await rename(join(cli.folder, 'drawer'), join(cli.folder, 'nas'));
  await type('keys', 'add', '--new-password-file', 'new');
  const { lines } = await type('keys', 'list', '--json');
  const onNas = lines.filter(({ destination }) => destination === 'nas').map(({ created }) => created);
  const alone = lines.find(({ created }) => !onNas.includes(created));
  const { err } = await type('keys', 'remove', String(alone?.['id']));
  expect(err).toContain('no key on nas was made together with it');
});

it('the password in use is not taken away, now or later', async () => {
  await type('keys', 'add', '--new-password-file', 'new');
  await rename(join(cli.folder, 'nas'), join(cli.folder, 'drawer'));
  const { lines } = await type('keys', 'list', '--json');
  const inUse = lines.find(({ current }) => current === true)?.['id'];
  const { code, out, err } = await type('keys', 'remove', String(inUse));
  expect(code).not.toBe(0);
  expect(out).toContain('the key in use cannot be removed');
  expect(err).not.toContain('takes it away');
  expect((await type('status')).out).not.toContain('taken away');
  await rename(join(cli.folder, 'drawer'), join(cli.folder, 'nas'));
  await keep('secret', 'the second good words');
  expect((await type('backup')).err).not.toContain('taken away');
  await keep('old', 'the first good words');
  for (const place of ['disk', 'nas'])
    expect((await type('--repo', `./${place}`, '--password-file', 'old', 'snapshots')).code).toBe(0);
});
