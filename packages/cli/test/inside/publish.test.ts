import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { phone } from '../../../ios-backup/test/fixtures/phone/phone.ts';
import { createCli, type Cli, type Ended } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';
import { initPhone, writePhone } from '../support/phone.ts';

// One folder over several runs; the tests build on one another, in this order.

let cli: Cli;
const here = (...parts: string[]): string => join(cli.folder, ...parts);

beforeAll(async () => {
  cli = await createCli();
  await writePhone(here('phone'), { entries: phone, password: 'winter-2026' });
  await initPhone(cli, 'phone');
  await mkdir(here('plain'));
});
afterAll(() => cli[Symbol.asyncDispose]());

const configure = async (entry: string): Promise<void> => {
  const yaml = (await readFile(here('triplicate.yaml'), 'utf8')).replace(/^ +publish:.*\n/m, '');
  await writeFile(here('triplicate.yaml'), yaml.replace(/^( +)sources:/m, `$1publish: [{ ${entry} }]\n$1sources:`));
};

const type = async (...parameters: string[]): Promise<Ended> => {
  const ended = await cli.type([...parameters, '--json'], { env: { TRIPLICATE_PHONE_PASSWORD: 'winter-2026' } });
  expectDocumented(ended.lines);
  return ended;
};

it('a backup fills the folder of a source, and ends with 3 where the password of the phone is not known', async () => {
  await configure('to: plain, source: phone');
  const sealed = await cli.type(['backup', '--json']);
  expect(sealed.code).toBe(3);
  expect(sealed.lines.filter(({ type: kind }) => kind === 'published')).toMatchObject([
    { error: { code: 'WRONG_PASSWORD' } },
  ]);
  expect(await readdir(here('plain'))).toEqual([]);
  const [run] = (await cli.type(['runs', '--json'])).lines;
  expect(JSON.stringify(run)).toContain('not all was published to');
  expect(JSON.stringify(run)).toContain('partial');
  const { code, lines } = await type('backup');
  expect(code).toBe(0);
  expect(lines.find(({ kind }) => kind === 'contacts')).toMatchObject({ source: 'phone', written: 2, removed: 0 });
  expect(lines.at(-1)).toMatchObject({ type: 'summary', command: 'backup' });
  expect((await readdir(here('plain'))).toSorted()).toEqual(
    expect.arrayContaining(['Contacts', 'Documents', 'Messages', 'Notes', 'Photos']),
  );
});

it('the command does it by hand, and writes nothing that is there already', async () => {
  const { code, lines } = await type('publish', 'phone');
  expect(code).toBe(0);
  expect(lines.at(-1)).toMatchObject({ command: 'publish', folders: 1, incomplete: 0, written: 0, removed: 0 });
  const { out } = await cli.type(['publish'], { env: { TRIPLICATE_PHONE_PASSWORD: 'winter-2026' } });
  expect(out).toContain('published phone to /anna/work/plain\n');
  expect(out).toContain('  contacts: 0 written, 2 unchanged');
});

it('a disk that is away spoils no backup, and its empty place is not filled unless it is told to', async () => {
  await rename(here('plain'), here('disk'));
  const away = await type('backup');
  expect(away.code).toBe(0);
  expect(away.lines.filter(({ type: kind }) => kind === 'published' || kind === 'warning')).toMatchObject([
    { type: 'warning', code: 'UNAVAILABLE' },
    { type: 'published', error: { code: 'UNAVAILABLE' } },
  ]);
  await mkdir(here('plain'));
  expect(await type('publish')).toMatchObject({ code: 3 });
  expect(await readdir(here('plain'))).toEqual([]);
  expect(await type('publish', '--again')).toMatchObject({ code: 0 });
  expect((await readdir(here('plain'))).length).toBeGreaterThan(3);
});

it('each phone has a folder of its own where no source is named', async () => {
  await mkdir(here('family'));
  await configure('to: family, what: [contacts]');
  expect(await type('publish')).toMatchObject({ code: 0 });
  expect(await readdir(here('family'), { recursive: true })).toContain(join('phone', 'Contacts', 'contacts.vcf'));
});

it('an app that is not on the phone is a warning that names the one that was probably meant', async () => {
  await configure('to: plain, source: phone, what: [documents], apps: [com.exmple.app]');
  const { code, lines } = await type('publish', '--again');
  expect(code).toBe(0);
  expect(lines.filter(({ type: kind }) => kind === 'warning')).toMatchObject([
    { code: 'NOT_FOUND', source: 'phone', hint: 'did you mean "com.example.app"?' },
  ]);
});

it('what cannot be published to is told before anything is done', async () => {
  const named = await cli.type(['publish', 'phon']);
  expect(named).toMatchObject({ code: 2, err: expect.stringContaining('did you mean "phone"?') as string });
  await configure('to: plain, source: phon');
  const wrong = await cli.type(['publish']);
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain('did you mean "phone"?');
  await configure('to: plain, what: [photo]');
  expect((await cli.type(['publish'])).err).toContain('"photos"');
  const yaml = await readFile(here('triplicate.yaml'), 'utf8');
  await writeFile(here('triplicate.yaml'), yaml.replace(/^ +publish:.*\n/m, ''));
  expect(await cli.type(['publish'])).toMatchObject({ code: 2 });
  expect(await cli.type(['--repo', 'usb', 'publish'])).toMatchObject({ code: 2 });
});
