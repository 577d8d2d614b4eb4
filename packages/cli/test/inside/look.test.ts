import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PhoneEntry } from '../../../ios-backup/test/fixtures/backup-builder.ts';
import { phone } from '../../../ios-backup/test/fixtures/phone/phone.ts';
import { createCli, type Cli, type Ended } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';
import { initPhone, udid, writePhone } from '../support/phone.ts';
import { steady } from '../support/steady.ts';

// A phone in February, and the same phone in March with another password and a message less.

let cli: Cli;
let february = '';
let march = '';
const here = (...parts: string[]): string => join(cli.folder, ...parts);

const smsChanges = "DELETE FROM message WHERE guid = 'M1'";
// Listed, and not in the folder: that copy of the backup is not whole.
const lost: PhoneEntry = {
  domain: 'AppDomainGroup-group.com.apple.FileProvider.LocalStorage',
  path: 'File Provider Storage/lost.txt',
  bytes: Buffer.from('lost'),
  lost: true,
};
const later = [...phone, lost].map((entry): PhoneEntry => {
  if (entry.path !== 'Library/SMS/sms.db' || entry.bytes === undefined) return entry;
  const db = new DatabaseSync(':memory:');
  db.deserialize(entry.bytes);
  db.exec(smsChanges);
  const bytes = Buffer.from(db.serialize());
  db.close();
  return { ...entry, bytes };
});

beforeAll(async () => {
  cli = await createCli();
  await writePhone(here('phone'), { entries: phone, password: 'winter' });
  await initPhone(cli, 'phone');
  await cli.type(['backup']);
  await rm(here('phone'), { recursive: true });
  await writePhone(here('phone'), { entries: later, password: 'spring', seed: 'march' });
  await cli.type(['backup']);
  const listed = await cli.type(['snapshots', '--json']);
  [february = '', march = ''] = listed.lines.map(({ id }) => String(id).slice(0, 12));
  await writeFile(here('winter'), 'winter\n', { mode: 0o600 });
});
afterAll(() => cli[Symbol.asyncDispose]());

const spring = { env: { TRIPLICATE_PHONE_PASSWORD: 'spring' } };

/** The new password is in the environment, the old one in a file. */
const type = async (...parameters: string[]): Promise<Ended> =>
  cli.type([...parameters, '--phone-password-file', 'winter'], spring);

const program = async (...parameters: string[]): Promise<Ended['lines']> => {
  const ended = await type('--json', ...parameters);
  expectDocumented(ended.lines);
  return ended.lines.filter(({ type: kind }) => kind !== 'progress' && kind !== 'gap');
};

describe('ls --logical', () => {
  it('shows the domains of a phone in words, with sizes', async () => {
    const { out, err, code } = await type('ls', '--logical', march);
    expect(code).toBe(0);
    expect(steady(out)).toMatchSnapshot();
    expect(err).toContain("Anna's iPhone, iOS 17.4, encrypted");
    for (const flags of [[], ['--apps']]) {
      const shown = await cli.type(['ls', '--logical', march, ...flags], {
        room: 80,
        env: { ...spring.env, NO_COLOR: '1' },
      });
      expect(shown.out.split('\n').filter((line) => line.length > 80)).toEqual([]);
      expect(shown.out).toContain('group.com.apple.VoiceMemos.shared');
    }
    const lines = await program('ls', '--logical', february);
    expect(lines.find(({ domain }) => domain === 'CameraRollDomain')).toMatchObject({ name: 'Photos and videos' });
  });

  it('shows what is in a folder, with the sums of what is below', async () => {
    expect((await type('ls', '--logical', march, 'CameraRollDomain/Media')).out).toBe(
      'CameraRollDomain/Media/DCIM/\nCameraRollDomain/Media/PhotoData/\n',
    );
    const [dcim] = await program('ls', '--logical', march, 'CameraRollDomain/Media');
    const below = await program('ls', '--logical', march, 'CameraRollDomain/Media/DCIM', '--recursive');
    const files = below.filter(({ kind }) => kind === 'file');
    expect(files.length).toBeGreaterThan(3);
    expect(dcim).toMatchObject({ kind: 'folder', files: files.length });
    expect(dcim?.['bytes']).toBe(files.reduce((sum, { bytes }) => sum + Number(bytes), 0));
    expect((await type('ls', '--logical', march, 'HomeDomain/Library/SMS/sms.db', '--long')).out).toMatch(
      /KiB .*sms\.db\n$/,
    );
  });

  it('shows apps by size', async () => {
    const apps = await program('ls', '--logical', march, '--apps');
    expect(apps.map(({ bytes }) => Number(bytes))).toEqual(
      apps.map(({ bytes }) => Number(bytes)).toSorted((a, b) => b - a),
    );
    expect(apps.map(({ app }) => app)).toContain('com.example.app');
  });

  it('is a file or a folder, or nothing: exit 1', async () => {
    expect(await type('ls', '--logical', march, 'CameraRollDomain/Nowhere')).toMatchObject({ code: 1, out: '' });
    expect(await type('ls', '--logical', march, 'NoDomain')).toMatchObject({ code: 1, out: '' });
    expect(await type('ls', march, '/')).toMatchObject({ code: 2 });
  });
});

describe('cat --logical', () => {
  it('gives a file of the phone as it is there', async () => {
    const wanted =
      phone.find(({ path }) => path === 'Media/DCIM/100APPLE/IMG_0001.HEIC') ??
      phone.find(({ path, bytes }) => path.startsWith('Media/DCIM/') && bytes !== undefined && bytes.length > 0);
    const { out, code } = await type('cat', '--logical', february, `${wanted?.domain}/${wanted?.path}`);
    expect(code).toBe(0);
    expect(out).toBe(Buffer.from(wanted?.bytes ?? []).toString('utf8'));
    expect(await type('cat', '--logical', february, 'HomeDomain/Library')).toMatchObject({ code: 1, out: '' });
    for (const folder of ['HomeDomain/Library', 'HomeDomain'])
      expect((await type('cat', '--logical', february, folder)).err).toContain(`"${folder}" is a folder, and no file`);
    expect(await type('cat', '--logical', february, 'HomeDomain/nope')).toMatchObject({ code: 1, out: '' });
  });
});

it('an export of a file that the backup lists and does not have ends with 3, and names it', async () => {
  const { code, out } = await type('export', 'files', march, '--to', 'lost');
  expect(code).toBe(3);
  expect(out).toMatch(/1 missing: listed in the backup, its content is not there/);
  expect(out).toContain('File Provider Storage/lost.txt: the backup lists it');
});

describe('restore --logical', () => {
  it('writes files under their own names, with their dates, and leaves what is there when it is told to', async () => {
    const { code, out } = await type('restore', march, '--logical', 'CameraRollDomain/Media/DCIM', '--to', 'back');
    expect(code).toBe(0);
    expect(steady(out)).toMatchSnapshot();
    const pictures = phone.filter(
      ({ path, bytes, lost }) => path.startsWith('Media/DCIM/') && bytes !== undefined && lost !== true,
    );
    for (const { path, bytes, modified } of pictures) {
      const place = here('back/CameraRollDomain', path);
      expect((await readFile(place)).equals(bytes ?? Buffer.alloc(0))).toBe(true);
      expect((await stat(place)).mtimeMs / 1000).toBe(modified ?? 1_700_000_000);
    }
    const lines = await program(
      'restore',
      march,
      '--logical',
      'CameraRollDomain/Media/DCIM',
      '--to',
      'back',
      '--overwrite',
      'if-changed',
    );
    expect(lines.at(-1)).toMatchObject({ command: 'restore', files: 0, skipped: pictures.length });
  });

  it('gives back one file, and tells which files the backup lacks: exit 3', async () => {
    await type('restore', february, '--logical', 'HomeDomain/Library/SMS/sms.db', '--to', 'one');
    const files = (await readdir(here('one'), { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(files.map(({ name }) => name)).toEqual(['sms.db']);
    const { code, lines } = await type('--json', 'restore', march, '--logical', '--to', 'all');
    expect(code).toBe(3);
    expect(lines.filter((line) => line['type'] === 'unrestored').length).toBe(later.filter(({ lost }) => lost).length);
  });

  it('tells and does nothing, or refuses what it cannot do', async () => {
    expect((await type('restore', march, '--logical', '--to', 'dry', '--dry-run')).out).toContain('would restore');
    await expect(readdir(here('dry'))).rejects.toThrow('ENOENT');
    expect(await type('restore', march, '--logical', '--to', 'x', '--include', '*')).toMatchObject({ code: 2 });
  });
});

describe('diff --logical', () => {
  it('says what happened in the words of a person', async () => {
    const { out, code } = await type('diff', '--logical', february, march);
    const said = ['1 message deleted in “Dr. Anna B. Müller; "A" MSc”', '1 document new in “On My iPhone”: lost.txt'];
    expect({ code, out }).toEqual({ code: 0, out: `${said.join('\n')}\n` });
    expect(await program('diff', '--logical', march, february)).toMatchObject([
      { type: 'difference', kind: 'messages', change: 'added', count: 1 },
      { type: 'difference', kind: 'documents', change: 'removed', where: 'On My iPhone', count: 1 },
    ]);
    expect((await type('diff', '--logical', march, march)).out).toContain('no difference');
  });
});

describe('find --logical', () => {
  it('finds a message that was deleted since, and says when it was last there', async () => {
    const [hit] = await program('find', '--logical', 'typed 😀');
    expect(hit).toMatchObject({ kind: 'messages', source: 'phone', goneSince: null });
    const gone = await program('find', '--logical', deletedWords());
    expect(gone).toMatchObject([{ kind: 'messages', goneSince: { id: expect.stringMatching(`^${march}`) as string } }]);
    expect(gone[0]).toMatchObject({ lastIn: { id: expect.stringMatching(`^${february}`) as string } });
    expect((await type('find', '--logical', deletedWords())).out).toContain(`last in ${february.slice(0, 8)}`);
  });

  it('looks through databases that did not change once, and knows all the snapshots that have them', async () => {
    await cli.type(['backup']);
    const listed = (await cli.type(['snapshots', '--json'])).lines;
    const [hit] = await program('find', '--logical', 'typed 😀');
    expect(hit).toMatchObject({
      firstIn: { id: expect.stringMatching(`^${february}`) as string },
      lastIn: { id: listed.at(-1)?.['id'] },
      goneSince: null,
    });
    const [gone] = await program('find', '--logical', deletedWords());
    expect(gone).toMatchObject({ goneSince: { id: expect.stringMatching(`^${march}`) as string } });
    const [young] = await program('find', '--logical', 'köln', '--snapshot', march, '--snapshot', 'latest');
    expect(young).toMatchObject({
      firstIn: { id: expect.stringMatching(`^${march}`) as string },
      lastIn: { id: listed.at(-1)?.['id'] },
    });
  });

  it('says that nothing matches, and passes over a snapshot whose password nobody knows', async () => {
    expect(await type('find', '--logical', 'no such words')).toMatchObject({
      code: 0,
      out: '',
      err: 'nothing matches in 3 snapshots\n',
    });
    const half = await cli.type(['find', '--logical', 'köln'], { env: { TRIPLICATE_PHONE_PASSWORD: 'spring' } });
    expect(half).toMatchObject({ code: 3 });
    expect(half.out).toContain('contact in');
    expect(half.out).toContain('still there');
    const old = await cli.type(['find', '--logical', 'köln'], { env: { TRIPLICATE_PHONE_PASSWORD: 'winter' } });
    expect(old).toMatchObject({ code: 3 });
    expect(old.out).toMatch(/last seen in .* could not be looked through/);
    expect(old.out).not.toContain('still there');
    expect(await cli.type(['find', '--logical', 'köln'])).toMatchObject({ code: 12 });
  });
});

/** What message M1 says. */
const deletedWords = (): string => {
  const db = new DatabaseSync(':memory:');
  db.deserialize(phone.find(({ path }) => path === 'Library/SMS/sms.db')?.bytes ?? new Uint8Array());
  const row = db.prepare("SELECT text FROM message WHERE guid = 'M1'").get();
  db.close();
  return String(row?.['text']);
};

it('keeps the lists of files sealed on this machine, and uses them', async () => {
  const cache = here('../home/.cache/triplicate/phones');
  const names = await readdir(cache);
  expect(names.length).toBeGreaterThanOrEqual(2);
  for (const name of names) {
    const bytes = await readFile(join(cache, name));
    expect(bytes.includes('CameraRollDomain')).toBe(false);
    expect((await stat(join(cache, name))).mode & 0o777).toBe(0o600);
  }
  await rm(cache, { recursive: true });
  const cold = await type('ls', '--logical', march);
  expect((await type('ls', '--logical', march)).out).toBe(cold.out);
  expect(udid).toMatch(/^0000/);
});

describe('files of a phone', () => {
  it.skipIf(!existsSync('/proc/self'))(
    'end at once where no folder can be made (skipped where there is no /proc)',
    { timeout: 30_000 },
    async () => {
      const place = ['--to', '/proc/triplicate'];
      for (const command of [
        ['restore', march, '--logical'],
        ['restore', march],
        ['export', 'calls', march],
      ])
        expect((await cli.type([...command, ...place], spring)).err).toContain('"/proc/triplicate" cannot be made');
    },
  );
});
