import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCli, type Answer, type Cli } from '../support/cli.ts';

let cli: Cli;
beforeEach(async () => {
  cli = await createCli();
  await mkdir(join(cli.home, 'Documents'));
  await writeFile(join(cli.home, 'Documents', 'letter.txt'), 'Dear Anna');
});
afterEach(() => cli[Symbol.asyncDispose]());

const [enter, down] = ['\r', '\u001b[B'];
const here: Answer = ['Where shall the configuration be?', down + enter];
const documents: Answer = ['What shall be backed up?', enter];
const folder = (typed: string, { isNew = true, first = false } = {}): Answer[] => [
  [first ? 'Where shall the first copy be?' : 'And the next copy?', enter],
  ['Which folder?', typed + enter],
  ...(isNew ? [['Shall it be made?', 'y'] as const] : []),
  ['What kind of place is it?', enter],
];
const another: Answer = ['A further copy?', 'y'];
const enough: Answer = ['A further copy?', 'n'];
const newPassword: Answer[] = [
  ['Its password:', enter],
  ['Is it written down?', 'y'],
];
const agree: Answer = ['Write this to', 'y'];

const written = (): Promise<string> => readFile(join(cli.folder, 'triplicate.yaml'), 'utf8');

describe('the wizard', () => {
  it('takes no folder twice, through a link or written otherwise, and asks again at once', async () => {
    await mkdir(join(cli.folder, 'there'));
    await symlink('there', join(cli.folder, 'link'));
    const { code, out } = await cli.type(['init'], {
      answers: [
        here,
        documents,
        ...folder('there', { isNew: false, first: true }),
        another,
        ['And the next copy?', enter],
        ['Which folder?', `./there/${enter}`],
        ['another copy is in this folder already', `${'\b'.repeat(8)}link${enter}`],
        ['another copy is in this folder already', `${'\b'.repeat(4)}other${enter}`],
        ['Shall it be made?', 'y'],
        ['What kind of place is it?', enter],
        enough,
        ...newPassword,
        agree,
      ],
    });
    expect(out).toContain('created the repository on there and other');
    expect(code).toBe(0);
  });

  it('asks again for a folder to back up that is not there', async () => {
    const { code } = await cli.type(['init'], {
      answers: [
        here,
        ['What shall be backed up?', ` ${down} ${enter}`],
        ['Which folder shall be backed up?', `~/Nowhere${enter}`],
        ['no such file or folder', `${'\b'.repeat(7)}Documents${enter}`],
        ...folder('disk', { first: true }),
        enough,
        ...newPassword,
        agree,
      ],
    });
    expect(code).toBe(0);
    expect(await written()).toContain('documents: { type: files, paths: [~/Documents] }');
  });

  it('refuses what is no address at once, and asks what kind of place each copy is', async () => {
    await mkdir(join(cli.folder, 'stick'));
    const { err } = await cli.type(['init'], {
      answers: [
        here,
        documents,
        ['Where shall the first copy be?', enter],
        ['Which folder?', `stick${enter}`],
        ['What kind of place is it?', down + down + enter],
        ['at another place than this computer?', 'y'],
        another,
        ['And the next copy?', '\u001b[A'.repeat(1) + enter],
        ['url: Address of the folder', `abc${enter}`],
        ['write an address', `${'\b'.repeat(3)}https://dav.example.org/anna${enter}`],
        ['username: User at the server (may be left empty)', `anna${enter}`],
        ['Give "password" now?', 'y'],
        ['password: Where the password of that user is', `of the server${enter}`],
        ['Give "token" now?', enter],
        ['Whose server is it?', down + enter],
        enough,
        ...newPassword,
        ['Write this to', '\u0003'],
      ],
    });
    expect(err).toContain('stick: { type: local, path: ');
    expect(err).toContain('media: usb, removable: true, offsite: true }');
    expect(err.replaceAll(/\s*\u2502?\s+/g, ' ')).toContain(
      'webdav: { type: webdav, url: "https://dav.example.org/anna", username: anna, password: { file: "./triplicate-webdav-password.password" }, media: cloud, offsite: true }',
    );
  });

  it('writes nothing before the person agrees', async () => {
    const { code } = await cli.type(['init'], {
      answers: [
        here,
        documents,
        ...folder('disk', { first: true }),
        enough,
        ...newPassword,
        ['Write this to', '\u0003'],
      ],
    });
    expect(code).toBe(130);
    expect(await readdir(cli.folder)).toEqual([]);
  });

  it('offers a password that is there already before it shows a new one, and overwrites none', async () => {
    const file = join(cli.folder, 'triplicate-main.password');
    await writeFile(file, 'the one of before\n', { mode: 0o600 });
    const begin = [here, documents, ...folder('disk', { first: true }), enough];
    const used = await cli.type(['init'], { answers: [...begin, ['use the one that is there', enter], agree] });
    expect(used).toMatchObject({ code: 0 });
    expect(used.err).toContain('There is a password already: /anna/work/triplicate-main.password');
    expect(used.err).not.toContain('The password is');
    expect(await readFile(file, 'utf8')).toBe('the one of before\n');
    expect(await written()).toContain('password: { file: "./triplicate-main.password" }');
  });

  it('puts a new password beside one that is there already', async () => {
    const file = join(cli.folder, 'triplicate-main.password');
    await writeFile(file, 'the one of before\n', { mode: 0o600 });
    const begin = [here, documents, ...folder('disk', { first: true }), enough];
    const { code } = await cli.type(['init'], {
      answers: [...begin, ['Its password:', down + enter], ['Is it written down?', 'y'], agree],
    });
    expect(code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe('the one of before\n');
    expect(await written()).toContain('password: { file: "./triplicate-main-2.password" }');
  });
});
