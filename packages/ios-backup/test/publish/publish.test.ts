import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBackup, publishBackup, publishKinds } from '../../src/index.ts';
import type { BackupFiles, Published, PublishRequest } from '../../src/index.ts';
import { PublishedFolder } from '../../src/publish/published-folder.ts';
import { PublishRecord } from '../../src/publish/publish-record.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { phone } from '../fixtures/phone/phone.ts';
import { signal } from '../fixtures/signal.ts';

let base: string;
let to: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'publish-'));
  to = join(base, 'plain');
  await mkdir(to);
});
afterEach(() => rm(base, { recursive: true }));

/** Publishes a phone, and says what was opened of its files. */
const publish = async (
  entries: readonly PhoneEntry[] = phone,
  request: Partial<PublishRequest> = {},
): Promise<Published & { readonly opened: string[] }> => {
  const files = buildBackup({ entries });
  const opened: string[] = [];
  const watched: BackupFiles = {
    label: 'phone',
    stat: (path, options) => files.stat(path, options),
    list: (path, options) => files.list(path, options),
    open: (path, options) => {
      opened.push(path);
      return files.open(path, options);
    },
  };
  await using backup = await openBackup(watched, { signal });
  const what = { to, what: publishKinds, apps: ['com.example.app'], timeZone: 'UTC', ...request };
  return { ...(await publishBackup(backup, what, { signal })), opened };
};

const changed = (path: string, sql: string): readonly PhoneEntry[] =>
  phone.map((entry) => {
    if (entry.path !== path || entry.bytes === undefined) return entry;
    const db = new DatabaseSync(':memory:');
    db.deserialize(entry.bytes);
    db.exec(sql);
    const bytes = Buffer.from(db.serialize());
    db.close();
    return { ...entry, bytes };
  });

/** Every file below the folder with its date and inode, but the record. */
const contents = async (): Promise<Map<string, string>> => {
  const entries = await readdir(to, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.triplicate'));
  const dated = files.map(async (entry) => {
    const place = join(entry.parentPath, entry.name);
    const { ino, mtimeMs } = await stat(place);
    return [place.slice(to.length + 1), `${mtimeMs} ${ino}`] as const;
  });
  return new Map((await Promise.all(dated)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

const sums = ({ kinds }: Published): Record<string, number> => {
  const sum = (key: 'written' | 'unchanged' | 'removed' | 'foreign'): number =>
    kinds.reduce((total, kind) => total + kind[key], 0);
  return { written: sum('written'), unchanged: sum('unchanged'), removed: sum('removed'), foreign: sum('foreign') };
};

const kindOf = ({ kinds }: Published, wanted: string) => kinds.find(({ kind }) => kind === wanted);

describe('a plain folder', () => {
  it('is filled with what a person calls things, and everything is accounted for', async () => {
    const published = await publish();
    const files = [...(await contents()).keys()];
    expect(files).toMatchSnapshot();
    expect(sums(published)).toEqual({ written: files.length, unchanged: 0, removed: 0, foreign: 0 });
    expect(published.kinds.every(({ error }) => error === undefined)).toBe(true);
  });

  it('is not touched when nothing changed, and no picture is read again', async () => {
    await publish();
    const before = await contents();
    const again = await publish();
    expect(await contents()).toEqual(before);
    expect(sums(again)).toEqual({ written: 0, unchanged: before.size, removed: 0, foreign: 0 });
    const pictures = phone.filter(({ path, lost }) => path.startsWith('Media/DCIM/') && lost !== true).length;
    const first = await publish(phone, { to: await empty() });
    expect(first.opened.length - again.opened.length).toBeGreaterThanOrEqual(pictures);
  });

  it('loses what is gone from the phone, and nothing that somebody else put or changed there', async () => {
    await publish();
    const pictures = [...(await contents()).keys()].filter((name) => /^Photos\/.*IMG_000\d\.(HEIC|JPG)$/.test(name));
    const [mine = '', gone = ''] = pictures;
    await writeFile(join(to, 'Photos/holiday.jpg'), 'of somebody else');
    await writeFile(join(to, mine), 'painted over');
    const names = [mine, gone].map((name) => `'${name.split('/').at(-1)}'`).join(', ');
    const less = changed('Media/PhotoData/Photos.sqlite', `DELETE FROM ZASSET WHERE ZFILENAME IN (${names})`);
    expect(sums(await publish(less))).toMatchObject({ foreign: 1 });
    expect((await contents()).has(gone)).toBe(false);
    // And from then on it is none of ours.
    expect(sums(await publish(less))).toMatchObject({ foreign: 0, removed: 0 });
    expect(await readFile(join(to, mine), 'utf8')).toBe('painted over');
    expect(await readFile(join(to, 'Photos/holiday.jpg'), 'utf8')).toBe('of somebody else');
  });

  it('does not take the place of what stands there: ours is put beside it', async () => {
    await mkdir(join(to, 'Contacts'));
    await writeFile(join(to, 'Contacts/contacts.vcf'), 'of somebody else');
    await publish();
    const again = await publish();
    expect(kindOf(again, 'contacts')).toMatchObject({ written: 0, unchanged: 2 });
    expect(await readFile(join(to, 'Contacts/contacts.vcf'), 'utf8')).toBe('of somebody else');
    expect(await readFile(join(to, 'Contacts/contacts (2).vcf'), 'utf8')).toContain('BEGIN:VCARD');
  });

  it('keeps a picture whose original is only in iCloud by now, and what was deleted when it is told to', async () => {
    await publish();
    const before = [...(await contents()).keys()];
    await publish(phone.filter(({ path }) => !path.startsWith('Media/DCIM/')));
    expect([...(await contents()).keys()]).toEqual(before);
    const less = changed('Library/SMS/sms.db', 'DELETE FROM message WHERE ROWID > 3');
    await publish(less, { keepDeleted: true });
    expect([...(await contents()).keys()]).toEqual(before);
    expect(kindOf(await publish(less), 'messages')?.removed).toBeGreaterThan(0);
  });

  it('keeps a kind of which the phone suddenly has nothing, or that cannot be read', async () => {
    await publish();
    const before = [...(await contents()).keys()].filter((name) => name.startsWith('Messages/'));
    const index = await readFile(join(to, 'Messages/index.html'), 'utf8');
    const messages = async (): Promise<string[]> =>
      [...(await contents()).keys()].filter((name) => name.startsWith('Messages/'));
    const nothing = await publish(changed('Library/SMS/sms.db', 'DELETE FROM message; DELETE FROM chat_message_join'));
    expect(kindOf(nothing, 'messages')).toMatchObject({ written: 0, removed: 0, kept: true, error: undefined });
    expect(await messages()).toEqual(before);
    // The list still leads to the pages that stay.
    expect(await readFile(join(to, 'Messages/index.html'), 'utf8')).toBe(index);
    const broken = await publish(changed('Library/SMS/sms.db', 'ALTER TABLE message RENAME TO gone'));
    expect(kindOf(broken, 'messages')).toMatchObject({ removed: 0, error: { code: 'UNSUPPORTED' } });
    expect(await messages()).toEqual(before);
  });

  it('says where there are no messages from the first', async () => {
    const none = changed('Library/SMS/sms.db', 'DELETE FROM message; DELETE FROM chat_message_join');
    expect(kindOf(await publish(none), 'messages')).toMatchObject({ written: 1, kept: false });
    // Nothing of an earlier one is there: the page says that there is none, again.
    expect(kindOf(await publish(none), 'messages')).toMatchObject({ written: 0, unchanged: 1, kept: false });
    expect(await readFile(join(to, 'Messages/index.html'), 'utf8')).toContain('<p>There are none here;');
  });

  it('takes a large page that is what it was for what it was', async () => {
    const page = async function* (): AsyncGenerator<string> {
      for (let i = 0; i < 170; i++) yield `${i}`.padEnd(100_000, 'é');
    };
    for (const expected of [{ written: 1 }, { unchanged: 1, written: 0 }]) {
      const record = await PublishRecord.open(to, 'id');
      const folder = new PublishedFolder(to, record, { kind: 'messages', folder: 'Messages' });
      expect(await folder.write('large.html', page(), { signal })).toBe('large.html');
      expect(folder.counts).toMatchObject(expected);
      await record.save();
    }
    expect(await readdir(join(to, 'Messages'))).toEqual(['large.html']);
  });

  it('is known again after a run that was killed', async () => {
    await publish();
    const before = await contents();
    const record = join(to, '.triplicate-published');
    const [head, ...lines] = (await readFile(record, 'utf8')).trim().split('\n');
    // Lines that were written before a file came to its place, and one that was cut off.
    const half = lines.map((line) =>
      JSON.stringify({ ...(JSON.parse(line) as object), hash: '0'.repeat(64), mtimeMs: 1, identity: 'x' }),
    );
    await writeFile(record, `${[head, ...lines, ...half].join('\n')}\n{"path":"cut of`);
    expect(sums(await publish())).toMatchObject({ foreign: 0, removed: 0 });
    expect([...(await contents()).keys()]).toEqual([...before.keys()]);
  });

  it('believes a record only within itself', async () => {
    await publish();
    const record = join(to, '.triplicate-published');
    await writeFile(join(base, 'precious'), 'precious');
    const { mtimeMs } = await stat(join(base, 'precious'));
    const forged = { path: '../precious', kind: 'contacts', size: 8, mtimeMs, hash: '0' };
    await writeFile(record, `${await readFile(record, 'utf8')}${JSON.stringify(forged)}\n`);
    expect(kindOf(await publish(), 'contacts')).toMatchObject({ error: undefined, removed: 0, foreign: 0 });
    expect(await readFile(join(base, 'precious'), 'utf8')).toBe('precious');
  });
});

describe('a folder', () => {
  it('that is not there, or not the one of last time, is not filled', async () => {
    const { id } = await publish();
    await rename(to, join(base, 'disk'));
    await expect(publish(phone, { expectedId: id })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await mkdir(to);
    await expect(publish(phone, { expectedId: id })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await readdir(to)).toEqual([]);
    expect((await publish()).id).not.toBe(id);
  });

  it('that became a link to another place is not followed', async () => {
    await publish();
    const elsewhere = await empty();
    await rm(join(to, 'Contacts'), { recursive: true });
    await symlink(elsewhere, join(to, 'Contacts'));
    expect(kindOf(await publish(), 'contacts')).toMatchObject({ error: { code: 'UNREADABLE' } });
    expect(await readdir(elsewhere)).toEqual([]);
  });
});

const empty = (): Promise<string> => mkdtemp(join(base, 'empty-'));

it('what somebody puts into the place of a file while it is written stays', async () => {
  const record = await PublishRecord.open(to, 'id');
  const folder = new PublishedFolder(to, record, { kind: 'photos', folder: 'Photos' });
  const slow = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.alloc(3_000_000, 1);
    await mkdir(join(to, 'Photos'), { recursive: true });
    await writeFile(join(to, 'Photos/film.mov'), 'mine');
    yield Buffer.alloc(3_000_000, 2);
  };
  expect(await folder.write('film.mov', slow(), { signal })).toBe('film (2).mov');
  expect(await readFile(join(to, 'Photos/film.mov'), 'utf8')).toBe('mine');
  expect((await stat(join(to, 'Photos/film (2).mov'))).size).toBe(6_000_000);
  expect(record.paths('photos')).toEqual(['Photos/film (2).mov']);
  await folder.removeOthers({ signal });
  expect(await readFile(join(to, 'Photos/film.mov'), 'utf8')).toBe('mine');
});
