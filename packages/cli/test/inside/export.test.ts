import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportKinds, fileId } from '@triplicate/ios-backup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phone } from '../../../ios-backup/test/fixtures/phone/phone.ts';
import { createCli, type Cli, type Ended } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';
import { initPhone, udid, writePhone } from '../support/phone.ts';
import { steady } from '../support/steady.ts';

// One phone without and one with a password, backed up as the folders that Finder makes of them.

let cli: Cli;
const here = (...parts: string[]): string => join(cli.folder, ...parts);
const withPassword = { env: { TRIPLICATE_PHONE_PASSWORD: 'backup' } };

beforeAll(async () => {
  cli = await createCli();
  await writePhone(here('phone'), { entries: phone });
  await initPhone(cli, 'phone');
  await cli.type(['backup', '--tag', 'open']);
  await rm(here('phone'), { recursive: true });
  await writePhone(here('phone'), { entries: phone, password: 'backup' });
  await cli.type(['backup', '--tag', 'sealed']);
  const listed = await cli.type(['snapshots', '--json']);
  [open = '', sealed = ''] = listed.lines.map(({ id }) => String(id).slice(0, 12));
});
afterAll(() => cli[Symbol.asyncDispose]());

let open = '';
let sealed = '';

const program = async (parameters: readonly string[], options = {}): Promise<Ended> => {
  const ended = await cli.type(['--json', ...parameters], options);
  expectDocumented(ended.lines);
  return ended;
};

it('ends with 3 when the backup has a file that cannot be read as a whole, and writes the rest', async () => {
  const picture = phone.find(
    ({ path, bytes, lost }) => /Attachments\/.*png$/.test(path) && bytes !== undefined && lost !== true,
  );
  const id = fileId(picture?.domain ?? '', picture?.path ?? '');
  await truncate(here('phone', udid, id.slice(0, 2), id), 16);
  await cli.type(['backup', '--tag', 'cut']);
  const args = ['export', 'messages', 'latest', '--to', 'cut'];
  const { code, lines } = await program(args, withPassword);
  expect(code).toBe(3);
  expect(lines.at(-1)).toMatchObject({ unreadable: 2, exported: 23 });
  expect((await cli.type([...args.slice(0, -1), 'cut-2'], withPassword)).out).toContain('2 parts could not be read');
});

describe('export', () => {
  it.each(exportKinds)('writes %s, and closes with its counts', async (kind) => {
    const what = kind === 'app' ? ['com.example.app'] : [];
    const { code, lines, err } = await program(['export', kind, open, ...what, '--to', `out/${kind}`]);
    // One message and one note of the phone are damaged.
    expect({ code, err }).toEqual({ code: kind === 'messages' || kind === 'notes' ? 3 : 0, err: '' });
    const { read, exported, skipped } = lines.at(-1) as Record<'read' | 'exported', number> & {
      skipped: { count: number }[];
    };
    expect(exported).toBeGreaterThan(0);
    expect(read).toBe(exported + skipped.reduce((sum, { count }) => sum + count, 0));
    expect(await readdir(here(`out/${kind}`))).toContain('export-report.json');
  });

  it('says in plain words what it did', async () => {
    const { code, out } = await cli.type(['export', 'contacts', open, '--to', 'words']);
    expect(code).toBe(0);
    expect(steady(out)).toMatchSnapshot();
  });

  it('claims no result where nothing was there', async () => {
    const { code, out } = await cli.type(['export', 'calls', open, '--since', '2035-01-01', '--to', 'none']);
    expect(code).toBe(0);
    expect(out).toContain('nothing of calls was exported; ');
    expect(out).not.toContain('calls as');
    const app = await cli.type(['export', 'app', open, 'com.apple.mobilesafari', '--to', 'no-documents']);
    expect(app).toMatchObject({ code: 0, out: expect.stringContaining('this backup has no documents of this app; ') });
  });

  it('writes the same out of an encrypted backup as out of one that is not', async () => {
    const args = ['--to', 'sealed/messages', '--time-zone', 'UTC'];
    expect((await cli.type(['export', 'messages', sealed, ...args], withPassword)).code).toBe(3);
    await cli.type(['export', 'messages', open, '--to', 'open/messages', '--time-zone', 'UTC']);
    expect(await contentOf('sealed/messages')).toEqual(await contentOf('open/messages'));
  });

  it('gives one conversation, one contact, one document of an app', async () => {
    await cli.type(['export', 'messages', open, '--with', 'Anna', '--to', 'one/chat', '--format', 'txt']);
    const chats = (await readdir(here('one/chat'))).filter((name) => name.endsWith('.txt') && name !== 'index.txt');
    expect(chats.toSorted()).toEqual(['Dr. Anna B. Müller; _A_ MSc.txt', 'Ski trip ⛷ _b_.txt']);
    await cli.type(['export', 'contacts', open, '--with', 'Bob', '--to', 'one/contact']);
    const cards = await readFile(here('one/contact/contacts.vcf'), 'utf8');
    expect(cards.match(/BEGIN:VCARD/g)).toHaveLength(1);
    expect(cards).toContain('FN:Bob');
    await cli.type(['export', 'app', open, 'com.example.app', '--to', 'one/app']);
    expect(await readdir(here('one/app/files'), { recursive: true })).not.toEqual([]);
  });

  it('says that an app, a place or a person is not there, and which was probably meant', async () => {
    const words = async (...args: string[]): Promise<unknown> => {
      const { code, err } = await cli.type(['export', ...args, '--to', 'nothing']);
      return { code, err };
    };
    expect(await words('app', open, 'com.exmple.app')).toEqual({
      code: 1,
      err: `error: no app "com.exmple.app" is in the phone of snapshot ${open.slice(0, 8)}\n  hint: did you mean "com.example.app"?\n`,
    });
    expect(await words('app', open, 'no.such.app')).toMatchObject({
      code: 1,
      err: expect.stringContaining('`triplicate ls --logical SNAPSHOT --apps` lists them'),
    });
    expect(await words('files', open, 'HomeDomain/No/Such')).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing stands at "HomeDomain/No/Such"'),
    });
    expect(await words('files', open, 'HomDomain/Library')).toMatchObject({
      code: 1,
      err: expect.stringContaining('did you mean "HomeDomain/Library"?'),
    });
    await expect(stat(here('nothing'))).rejects.toThrow('ENOENT');
    expect(await words('messages', open, '--with', 'Nobody')).toMatchObject({
      code: 3,
      err: expect.stringContaining('rows of messages is with "Nobody"'),
    });
  });

  it('keeps to a period: the last day is part of it', async () => {
    const all = (await program(['export', 'calls', sealed, '--to', 'p/0'], withPassword)).lines.at(-1);
    const none = (
      await program(['export', 'calls', sealed, '--to', 'p/1', '--until', '1999-12-31'], withPassword)
    ).lines.at(-1);
    expect(all?.['exported']).toBeGreaterThan(0);
    expect(none).toMatchObject({ exported: 0, read: all?.['read'] });
  });

  it('counts the days of a period in the time zone that it shows', async () => {
    const day = ['--since', '2024-01-02', '--until', '2024-01-02', '--time-zone', 'Pacific/Kiritimati'];
    await program(['export', 'calls', sealed, '--to', 'p/zone', '--format', 'csv', ...day], withPassword);
    const [, ...rows] = (await readFile(here('p/zone/calls.csv'), 'utf8')).trim().split('\r\n');
    expect(rows).toEqual([expect.stringContaining('2024-01-02 00:00:00')]);
    const refused = await cli.type(['export', 'calls', sealed, '--to', 'p/mars', '--time-zone', 'Mars'], withPassword);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('"Mars" is no time zone') });
    await expect(stat(here('p/mars'))).rejects.toThrow('ENOENT');
  });

  it('replaces no file: what is there stays', async () => {
    await cli.type(['export', 'contacts', open, '--to', 'twice']);
    await writeFile(here('twice/contacts.vcf'), 'mine');
    await cli.type(['export', 'contacts', open, '--to', 'twice']);
    expect(await readFile(here('twice/contacts.vcf'), 'utf8')).toBe('mine');
    expect((await stat(here('twice/contacts (2).vcf'))).size).toBeGreaterThan(100);
  });

  it('reads whichever destination survives', async () => {
    await rm(here('usb/data'), { recursive: true });
    const { code } = await cli.type(['export', 'contacts', open, '--to', 'survived']);
    expect(code).toBe(0);
    await rm(here('usb'), { recursive: true });
    expect((await cli.type(['export', 'calendar', open, '--to', 'survived-2'])).code).toBe(0);
    const repo = { env: { ...withPassword.env, TRIPLICATE_PASSWORD: await repositoryPassword() } };
    expect((await cli.type(['--repo', 'nas', 'export', 'calls', sealed, '--to', 'survived-3'], repo)).code).toBe(0);
  });
});

describe('the password of the phone', () => {
  it('that is wrong or missing is told, with exit 12', async () => {
    const missing = await cli.type(['export', 'contacts', sealed, '--to', 'x']);
    expect(missing.code).toBe(12);
    expect(missing.err).toContain('is encrypted by the phone, and there is no password for it');
    const wrong = await cli.type(['export', 'contacts', sealed, '--to', 'x'], {
      env: { TRIPLICATE_PHONE_PASSWORD: 'hunter22' },
    });
    expect(wrong.code).toBe(12);
    expect(wrong.err).toContain('is not the one that the phone encrypted snapshot');
    expect(wrong.err).not.toContain('hunter22');
    const { lines } = await program(['export', 'contacts', sealed, '--to', 'x']);
    expect(lines.slice(-1)).toMatchObject([{ type: 'error', code: 'WRONG_PASSWORD' }]);
  });

  it('is taken from a file, and one that is right is found among several', async () => {
    await writeFile(here('phone-password'), 'backup\n', { mode: 0o600 });
    const named = ['export', 'contacts', sealed, '--to', 'filed', '--phone-password-file', 'phone-password'];
    expect(await cli.type(named, { env: { TRIPLICATE_PHONE_PASSWORD: 'old' } })).toMatchObject({ code: 0 });
  });
});

describe('what cannot be exported', () => {
  it.each([
    [['export', 'pictures', 'latest', '--to', 'x'], 'hint: it is messages, '],
    [['export', 'contacts', 'latest'], 'nothing says where to'],
    [['export', 'contacts', 'latest', '--to', 'x', '--format', 'pdf'], 'cannot be written as "pdf"'],
    [['export', 'app', 'latest', '--to', 'x'], 'no app is named'],
    [['export', 'calls', 'latest', 'what', '--to', 'x'], 'one argument too many'],
    [['export', 'calls', 'latest', '--to', 'x', '--since', '2026-02-30'], 'write a day'],
    [['export', 'calls', 'latest', '--to', 'x', '--time-zone', 'Mars'], 'is no time zone'],
    [['export', 'photos', 'latest', '--to', 'x', '--with', 'Ben'], 'photos cannot be chosen or sorted by --with'],
    [['export', 'contacts', 'latest', '--to', 'x', '--since', '2024-01-01'], 'cannot be chosen or sorted by --since'],
    [['export', 'contacts', 'latest', '--to', 'x', '--until', '2024-01-01'], 'cannot be chosen or sorted by --until'],
    [['export', 'calls', 'latest', '--to', 'x', '--by', 'album'], 'calls cannot be chosen or sorted by --by'],
    [['export', 'calls', 'latest', '--to', 'x', '--device', 'ffff'], 'there is no device "ffff"'],
  ])('%j: %s', async (parameters, message) => {
    const { code, err, out } = await cli.type(parameters, withPassword);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });

  it('is a snapshot of no phone', async () => {
    await writeFile(here('letter.txt'), 'dear Ben');
    const yaml = await readFile(here('triplicate.yaml'), 'utf8');
    await writeFile(
      here('triplicate.yaml'),
      yaml.replace(/^( +)phone:/m, `$1letters: { type: files, paths: [letter.txt] }\n$1phone:`),
    );
    expect((await cli.type(['backup', 'letters'])).code).toBeLessThan(4);
    const ended = await cli.type(['export', 'contacts', 'latest:letters', '--to', 'x']);
    expect(ended.code).toBe(2);
    expect(ended.err).toContain('no iPhone is in it');
    expect(ended.err).toContain('e.g. latest:SOURCE');
  });

  it('names the phone to ask for instead, in the demo too, where the newest snapshot is of documents', async () => {
    const yaml = await readFile(here('triplicate.yaml'), 'utf8');
    const anna = '{ type: mobilesync, folder: ./phone, patience: 0 }';
    await writeFile(here('triplicate.yaml'), yaml.replace(/^( +)phone:/m, `$1anna: ${anna}\n$1phone:`));
    expect((await cli.type(['backup', 'anna'], withPassword)).code).toBeLessThan(4);
    expect((await cli.type(['backup', 'letters'])).code).toBeLessThan(4);
    const { code, err } = await cli.type(['export', 'contacts', 'latest', '--to', 'x']);
    expect(code).toBe(2);
    expect(err).toContain('hint: the newest one of an iPhone is latest:anna; `triplicate snapshots` lists all');
  });
});

const contentOf = async (folder: string): Promise<Record<string, string>> => {
  const names = (await readdir(here(folder), { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const read = names.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path.slice(here(folder).length), await readFile(path, 'base64')] as const;
  });
  return Object.fromEntries((await Promise.all(read)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

/** `init` made one and put it beside the configuration. */
const repositoryPassword = async (): Promise<string> => {
  const yaml = await readFile(here('triplicate.yaml'), 'utf8');
  const file = /file: "?([^"}\s]+)/.exec(yaml)?.[1] ?? '';
  return (await readFile(here(file), 'utf8')).trim();
};
