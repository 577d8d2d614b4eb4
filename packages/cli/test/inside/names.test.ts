import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PhoneEntry } from '../../../ios-backup/test/fixtures/backup-builder.ts';
import { phone } from '../../../ios-backup/test/fixtures/phone/phone.ts';
import { createCli, type Cli } from '../support/cli.ts';
import { initPhone, writePhone } from '../support/phone.ts';

// A phone whose names have line breaks and what a terminal obeys.

let cli: Cli;
const here = (...parts: string[]): string => join(cli.folder, ...parts);
const evil = 'Ben\n\u001b[2Jsnapshot is safe\u009b1m';
const domain = 'AppDomain-com.example.evil';

const renamed = phone.map((entry): PhoneEntry => {
  if (entry.path !== 'Library/AddressBook/AddressBook.sqlitedb' || entry.bytes === undefined) return entry;
  const db = new DatabaseSync(':memory:');
  db.deserialize(entry.bytes);
  db.prepare('UPDATE ABPerson SET First = ?, Last = NULL, Prefix = NULL, Middle = NULL, Suffix = NULL').run(evil);
  const bytes = Buffer.from(db.serialize());
  db.close();
  return { ...entry, bytes };
});

beforeAll(async () => {
  cli = await createCli();
  const own: PhoneEntry[] = [
    { domain, path: `Documents/${evil}`, bytes: Buffer.from('x') },
    { domain, path: `Documents/gone ${evil}`, bytes: Buffer.from('x'), lost: true },
    { domain, path: 'Documents/link', linkTarget: evil },
  ];
  await writePhone(here('phone'), { entries: phone });
  await initPhone(cli, 'phone');
  await cli.type(['backup']);
  await writePhone(here('phone'), { entries: [...renamed, ...own], info: { 'Device Name': evil } });
  await cli.type(['backup']);
});
afterAll(() => cli[Symbol.asyncDispose]());

// oxlint-disable-next-line no-control-regex -- exactly what a terminal obeys
const obeyed = (text: string): string[] => text.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g) ?? [];

it.each([
  [['ls', '--logical', 'latest', `${domain}/Documents`], String.raw`Ben\n\x1b[2Jsnapshot is safe`],
  [['ls', '--logical', 'latest', `${domain}/Documents`, '--long'], String.raw`-> Ben\n\x1b[2J`],
  [['ls', '--logical', 'latest'], String.raw`Ben\n\x1b[2J`],
  [['find', '--logical', 'snapshot is safe'], String.raw`Ben\n\x1b[2J`],
  [['diff', '--logical', 'latest~1', 'latest'], String.raw`Ben\n\x1b[2J`],
  [['export', 'app', 'latest', 'com.example.evil', '--to', 'app'], String.raw`gone Ben\n\x1b[2J`],
  [['restore', 'latest', '--logical', domain, '--to', 'all', '--verbose'], String.raw`gone Ben\n\x1b[2J`],
])('%j prints no line break and nothing that a terminal obeys out of a name', async (args, shown) => {
  const { out, err } = await cli.type(args.map((arg) => (arg === 'latest~1' ? first : arg)));
  expect(obeyed(out + err)).toEqual([]);
  expect(out + err).toContain(shown);
});

it('names and words of a conversation in a text file have nothing that a terminal obeys', async () => {
  await cli.type(['export', 'messages', 'latest', '--format', 'txt', '--to', 'txt']);
  await cli.type(['export', 'contacts', 'latest', '--format', 'txt', '--to', 'contacts']);
  const texts = [...(await textsIn('txt')), ...(await textsIn('contacts'))];
  expect(texts.join('')).toContain(String.raw`\x1b[2J`);
  expect(obeyed(texts.join(''))).toEqual([]);
  expect(texts.flatMap((text) => text.split('\n')).filter((line) => line.startsWith('\u001b'))).toEqual([]);
});

it('one file, link or name is told as one', async () => {
  const args = ['restore', 'latest', '--logical', domain, '--to', 'one'];
  expect((await cli.type(args)).out).toMatch(
    /1 link of the phone leads nowhere here and was left out\n2 names changed: not every system takes them/,
  );
  expect((await cli.type([...args, '--overwrite', 'never'])).out).toContain('1 file stayed as it was\n');
});

it.each([
  [['--with', ''], /--with is empty/],
  [['--with', ' '], /--with is empty/],
  [['--since', '2026-02-01', '--until', '2026-01-31'], /ends before it begins/],
])('an export of nobody or of no time is refused: %j', async (flags, said) => {
  const { code, err } = await cli.type(['export', 'messages', 'latest', ...flags, '--to', 'refused']);
  expect(code).toBe(2);
  expect(err).toMatch(said);
});

let first = '';
beforeAll(async () => {
  const { lines } = await cli.type(['snapshots', '--json']);
  first = String(lines[0]?.['id']).slice(0, 12);
});

const textsIn = async (folder: string): Promise<string[]> => {
  const names = (await readdir(here(folder))).filter((name) => name.endsWith('.txt'));
  return Promise.all(names.map((name) => readFile(here(folder, name), 'utf8')));
};
