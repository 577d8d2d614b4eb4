import { DatabaseSync } from 'node:sqlite';
import { writeBinaryPlist } from '@triplicate/plist';
import { afterEach, describe, expect, it } from 'vitest';
import { compareBackups, differenceText, findText, openBackup } from '../../src/index.ts';
import type { IosBackup } from '../../src/index.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { phone } from '../fixtures/phone/phone.ts';
import { signal } from '../fixtures/signal.ts';

const opened: IosBackup[] = [];
afterEach(async () => {
  for (const backup of opened.splice(0)) await backup[Symbol.asyncDispose]();
});
const open = async (entries: readonly PhoneEntry[], apps: readonly string[] = []): Promise<IosBackup> => {
  const metadata = writeBinaryPlist({ itemName: 'Chess' });
  const info = {
    'Installed Applications': apps,
    Applications: { 'com.example.chess': { iTunesMetadata: Buffer.from(metadata) } },
  };
  const backup = await openBackup(buildBackup({ entries, info }), { signal });
  opened.push(backup);
  return backup;
};

const later = (changes: Readonly<Record<string, string>>): readonly PhoneEntry[] =>
  phone.map((entry) => {
    const sql = changes[entry.path];
    if (sql === undefined || entry.bytes === undefined) return entry;
    const db = new DatabaseSync(':memory:');
    db.deserialize(entry.bytes);
    db.exec(sql);
    const bytes = Buffer.from(db.serialize());
    db.close();
    return { ...entry, bytes };
  });

/** Without those whose rows the comparison deletes. */
const withoutPictures = (entries: readonly PhoneEntry[]): readonly PhoneEntry[] =>
  entries.filter(({ path }) => !/\/DCIM\/.*IMG_000[3-6]/.test(path));

describe('words', () => {
  it('are found in messages, notes and contacts, whatever their case', async () => {
    const backup = await open(phone);
    const found = async (words: string): Promise<string[]> =>
      (await Array.fromAsync(findText(backup, words, { signal }))).map(({ kind, where, from, excerpt }) =>
        [kind, where, from, excerpt].join(' | '),
      );
    expect(await found('TYPED 😀')).toEqual(['messages | Dr. Anna B. Müller; "A" MSc | Me | Typed 😀 words']);
    expect(await found('first words')).toEqual(['messages | Dr. Anna B. Müller; "A" MSc | Me | first words']);
    expect(await found('the view')).toEqual(['whatsapp | Carla | Carla Rossi | the view']);
    expect(await found('row 2 column 1')).toEqual([expect.stringContaining('notes | Shopping <b> | ') as string]);
    expect(await found('köln')).toEqual([
      'contacts | Dr. Anna B. Müller; "A" MSc |  | Hauptstraße 1 2. Stock, Altstadt-Nord, Köln, 50667, Deutschland',
    ]);
    expect(await found('nowhere to be found')).toEqual([]);
    expect(await found(' ')).not.toEqual([]);
    expect(await found('')).toEqual([]);
  });

  it('are found whatever the spelling, and shown at their place', async () => {
    const street = `${'ß'.repeat(200)} Hauptstraße 1 ${'ß'.repeat(100)}`;
    const backup = await open(
      later({ 'Library/SMS/sms.db': `UPDATE message SET text = '${street}' WHERE guid = 'M7'` }),
    );
    for (const words of ['hauptstrasse', 'HAUPTSTRASSE', 'Hauptstraße']) {
      const [hit] = await Array.fromAsync(findText(backup, words, { signal }));
      expect(hit?.excerpt).toBe(`…${'ß'.repeat(39)} Hauptstraße 1 ${'ß'.repeat(37)}…`);
    }
  });

  it('of a message that was deleted lately are said to be so', async () => {
    const deleted = "UPDATE message SET text = 'the needle' WHERE ROWID IN (21, 20)";
    const backup = await open(later({ 'Library/SMS/sms.db': deleted }));
    const hits = await Array.fromAsync(findText(backup, 'the needle', { signal }));
    expect(hits.map(({ recentlyDeleted }) => recentlyDeleted)).toEqual(expect.arrayContaining([true, undefined]));
  });

  it('are not looked for again in databases that are what they were', async () => {
    const backup = await open(phone);
    const asked: string[] = [];
    const unchanged = (kind: string): boolean => Boolean(asked.push(kind)) && kind === 'messages';
    // A folder in memory has no fingerprints: nothing is left out then.
    expect(await Array.fromAsync(findText(backup, 'first words', { signal, unchanged }))).toHaveLength(1);
    expect(asked).toEqual([]);
    backup.fingerprint = async ({ path }) => path;
    expect(await Array.fromAsync(findText(backup, 'first words', { signal, unchanged }))).toEqual([]);
    expect(await Array.fromAsync(findText(backup, 'the view', { signal, unchanged }))).toHaveLength(1);
    expect(asked.slice(0, 4)).toEqual(['messages', 'whatsapp', 'notes', 'contacts']);
  });

  it('are looked for in what can be read, and the rest is named', async () => {
    const backup = await open(later({ 'Library/SMS/sms.db': 'ALTER TABLE message RENAME TO gone' }));
    const failed: string[] = [];
    const note = (kind: string, why: string): unknown => failed.push(`${kind}: ${why}`);
    const hits = await Array.fromAsync(findText(backup, 'the view', { signal, failed: note }));
    expect(hits.map(({ kind }) => kind)).toEqual(['whatsapp']);
    expect(failed).toEqual([expect.stringMatching(/^messages: .* has no table "message"/) as string]);
  });
});

describe('two versions of a phone', () => {
  it('that are equal differ in nothing', async () => {
    expect(await compareBackups(await open(phone), await open(phone), { signal })).toEqual([]);
  });

  it('are compared in the words of a person', async () => {
    const changes = {
      'Library/SMS/sms.db': `DELETE FROM message WHERE guid IN ('M1', 'M9'); UPDATE message SET text = 'other words' WHERE guid = 'M7';
        INSERT INTO message (ROWID, guid, text, handle_id, service, date) VALUES (99, 'NEW', 'new one', 4, 'RCS', 730000000000000000);
        INSERT INTO chat_message_join (chat_id, message_id) VALUES (4, 99)`,
      'Library/AddressBook/AddressBook.sqlitedb':
        "UPDATE ABPerson SET Note = 'changed', ModificationDate = 0 WHERE ROWID = 3; DELETE FROM ABPerson WHERE ROWID = 4",
      'Media/PhotoData/Photos.sqlite':
        'UPDATE ZASSET SET ZFAVORITE = 1 WHERE Z_PK = 2; DELETE FROM ZASSET WHERE Z_PK IN (3, 4, 5, 6)',
    };
    const differences = await compareBackups(
      await open(phone, ['com.example.chess']),
      await open(withoutPictures(later(changes)), ['com.example.new']),
      { signal },
    );
    expect(differences.map(differenceText)).toEqual([
      '1 app new: com.example.new',
      '1 app deleted: Chess',
      '1 message changed in “Dr. Anna B. Müller; "A" MSc”',
      '1 message new in “Bob”',
      '2 messages deleted in “Dr. Anna B. Müller; "A" MSc”',
      '1 contact changed: Bob',
      '1 contact deleted: nobody@example.com',
      '1 photo or video changed: IMG_0002.JPG',
      '4 photos and videos deleted: IMG_0003.MOV, IMG_0004.JPG, IMG_0005.JPG …',
    ]);
  });

  it('tell of pictures whose file is not there any more while the library still has them, and of those that came back', async () => {
    const present = /\/DCIM\/.*IMG_000[12]\.\w+$/;
    const [one, other] = [await open(phone), await open(phone.filter(({ path }) => !present.test(path)))];
    const [gone] = await compareBackups(one, other, { signal });
    expect(gone).toMatchObject({ kind: 'photos', change: 'changed', file: 'gone' });
    expect(gone && differenceText(gone)).toMatch(
      /^\d photos? .*without (?:its|their) file now \(only in iCloud, or lost\): /,
    );
    const [back] = await compareBackups(other, one, { signal });
    expect(back).toMatchObject({ file: 'back', count: gone?.count });
    expect(back && differenceText(back)).toMatch(/with (?:its|their) file again: /);
  });

  it('in which somebody has another name have the same messages', async () => {
    const changes = {
      'Library/SMS/sms.db': "UPDATE chat SET display_name = 'Another name' WHERE style = 43",
      'Library/AddressBook/AddressBook.sqlitedb': "UPDATE ABPerson SET First = 'Robert' WHERE First = 'Bob'",
      'ChatStorage.sqlite': "UPDATE ZWACHATSESSION SET ZPARTNERNAME = 'Another name'",
    };
    const differences = await compareBackups(await open(phone), await open(later(changes)), { signal });
    expect(differences.map(differenceText)).toEqual([
      expect.stringMatching(/^the group “Ski trip .*” is called “Another name” now$/) as string,
      'the group “Class of ’99” is called “Another name” now',
      '1 contact changed: Robert',
    ]);
  });

  it('of which one has lost a member of a group, and documents that changed, say so', async () => {
    const sql = {
      'Library/SMS/sms.db': `DELETE FROM chat_handle_join WHERE handle_id = (SELECT max(handle_id) FROM chat_handle_join WHERE chat_id = (SELECT ROWID FROM chat WHERE style = 43))
        AND chat_id = (SELECT ROWID FROM chat WHERE style = 43)`,
    };
    const app = (path: string, text: string): PhoneEntry => ({
      domain: 'AppDomain-com.example.chess',
      path,
      bytes: Buffer.from(text),
    });
    const own = { domain: 'AppDomainGroup-group.com.apple.FileProvider.LocalStorage', path: 'new.txt' };
    const before = [app('Documents/game', 'one'), app('Documents/gone', 'one'), app('Library/cache', 'one')];
    const after = [
      app('Documents/game', 'longer'),
      app('Library/cache', 'longer'),
      { ...own, bytes: Buffer.from('x') },
    ];
    const apps = ['com.example.chess'];
    const differences = await compareBackups(
      await open([...phone, ...before], apps),
      await open([...later(sql), ...after], apps),
      { signal },
    );
    expect(differences.map(differenceText)).toEqual([
      expect.stringMatching(/^\S+ is no longer in “Ski trip .*”$/) as string,
      '1 document changed in “Chess”: game',
      '1 document new in “On My iPhone”: new.txt',
      '1 document deleted in “Chess”: gone',
    ]);
  });

  it.each([
    ['lacks a database', phone.filter(({ path }) => path !== 'Library/SMS/sms.db'), 'has no database of them'],
    [
      'lost the file of a database',
      phone.map((entry) => (entry.path === 'Library/SMS/sms.db' ? { ...entry, lost: true } : entry)),
      'its file is not there',
    ],
  ])('of which the newer %s: nothing of it is said to be deleted', async (_what, entries, said) => {
    const gaps: string[] = [];
    const gap = (what: string): unknown => gaps.push(what);
    expect(await compareBackups(await open(phone), await open(entries), { signal, gap })).toEqual([]);
    expect(gaps).toEqual([expect.stringContaining(said) as string]);
  });

  it('of which one lacks a table are compared as far as they go', async () => {
    const gaps: string[] = [];
    const without = await open(later({ 'NoteStore.sqlite': 'DROP TABLE ZICNOTEDATA' }));
    const differences = await compareBackups(await open(phone), without, { signal, gap: (what) => gaps.push(what) });
    expect(differences).toEqual([]);
    expect(gaps).toEqual([expect.stringContaining('notes: ') as string]);
  });
});
