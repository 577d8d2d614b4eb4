import { DatabaseSync } from 'node:sqlite';
import { BackupError } from '@triplicate/core';
import type { CallOptions, ReadOptions } from '@triplicate/core';
import { describe, expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import type { BackupFiles, ExportKind, ExportReport, ExportRequest } from '../../src/index.ts';
import { buildBackup, database } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { phone } from '../fixtures/phone/phone.ts';
import { signal } from '../fixtures/signal.ts';

/** The same phone with one of its databases changed. */
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

const exported = async (
  entries: readonly PhoneEntry[],
  request: ExportRequest,
  sink = new MemorySink(),
): Promise<ExportReport> => {
  await using backup = await openBackup(buildBackup({ entries }), { signal });
  return await exportBackup(backup, request, sink, { signal });
};

const sms = 'Library/SMS/sms.db';
const cases: readonly (readonly [kind: ExportKind, path: string, sql: string, gap: string])[] = [
  [
    'messages',
    sms,
    'ALTER TABLE message DROP COLUMN attributedBody',
    'body: is left out, because this version of iOS keeps none in its table "message"',
  ],
  [
    'messages',
    sms,
    'ALTER TABLE message DROP COLUMN associated_message_type',
    'tapbackType: is left out, because this version of iOS keeps none in its table "message"',
  ],
  ['messages', sms, 'DROP TABLE chat', 'conversations: this version of iOS has no table "chat"'],
  [
    'whatsapp',
    'ChatStorage.sqlite',
    'DROP TABLE ZWAMEDIAITEM',
    'media: this version of iOS has no table "ZWAMEDIAITEM"',
  ],
  [
    'contacts',
    'Library/AddressBook/AddressBook.sqlitedb',
    'ALTER TABLE ABPerson DROP COLUMN Note',
    'note: is left out, because this version of iOS keeps none in its table "ABPerson"',
  ],
  [
    'calls',
    'Library/CallHistoryDB/CallHistory.storedata',
    'DROP TABLE Z_2REMOTEPARTICIPANTHANDLES',
    'participants of group calls: the table that joins them was not found',
  ],
  [
    'photos',
    'Media/PhotoData/Photos.sqlite',
    'DROP TABLE Z_30ASSETS',
    'albums: the table that joins them to pictures was not found',
  ],
  [
    'calendar',
    'Library/Calendar/Calendar.sqlitedb',
    'DROP TABLE Recurrence',
    'repetition: this version of iOS has no table "Recurrence"',
  ],
  [
    'notes',
    'NoteStore.sqlite',
    'ALTER TABLE ZICCLOUDSYNCINGOBJECT DROP COLUMN ZFOLDER',
    'folder: is left out, because this version of iOS keeps none in its table "ZICCLOUDSYNCINGOBJECT"',
  ],
];

describe('a database of another version', () => {
  it.each(cases)('of %s (%s: %s) is exported with the gap named', async (kind, path, sql, gap) => {
    const whole = await exported(phone, { kind });
    const report = await exported(changed(path, sql), { kind });
    expect(report.gaps).toContain(gap);
    expect(report.read).toBe(whole.read);
    expect(report.exported).toBeGreaterThan(0);
  });

  it.each([
    ['messages', sms, 'ALTER TABLE message RENAME TO messages', 'table "message"'],
    ['notes', 'NoteStore.sqlite', 'DROP TABLE ZICNOTEDATA', 'table "ZICNOTEDATA"'],
    [
      'calls',
      'Library/CallHistoryDB/CallHistory.storedata',
      'ALTER TABLE ZCALLRECORD RENAME COLUMN ZDATE TO ZWHEN',
      'column "ZCALLRECORD.ZDATE"',
    ],
  ] as const)('that is not known at all (%s) is refused and says what it lacks', async (kind, path, sql, what) => {
    const failure = await exported(changed(path, sql), { kind }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining(what) as string,
    });
  });

  it('whose table is a view that never ends is not asked', async () => {
    const forever =
      'ALTER TABLE message RENAME TO m; CREATE VIEW message AS WITH RECURSIVE f(ROWID, date) AS (SELECT 1, 1 UNION ALL SELECT ROWID + 1, 1 FROM f) SELECT * FROM f';
    await expect(exported(changed(sms, forever), { kind: 'messages' })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

it('tabs of iOS 15 and later are read from the database that took over', async () => {
  const tabs = database(
    'CREATE TABLE bookmarks (id INTEGER PRIMARY KEY, parent INTEGER, type INTEGER, title TEXT, url TEXT, order_index INTEGER)',
    {
      bookmarks: [
        { id: 1, parent: 0, type: 1, title: 'Group', order_index: 0 },
        { id: 2, parent: 1, type: 0, title: 'A tab', url: 'https://example.com/', order_index: 1 },
      ],
    },
  );
  const sink = new MemorySink();
  const entries = [{ domain: 'AppDomain-com.apple.mobilesafari', path: 'Library/Safari/SafariTabs.db', bytes: tabs }];
  const report = await exported(entries, { kind: 'safari', format: 'csv' }, sink);
  expect(sink.text('safari.csv')).toContain('tab,A tab,https://example.com/,');
  expect(report).toMatchObject({ read: 2, exported: 1, skipped: [{ reason: 'is a group of tabs', count: 1 }] });
});

it('messages of a conversation that is gone are exported without it', async () => {
  const sink = new MemorySink();
  const entries = changed(sms, 'DELETE FROM chat WHERE ROWID = 4');
  const report = await exported(entries, { kind: 'messages', format: 'txt' }, sink);
  expect(report).toMatchObject({ read: 23, exported: 23, skipped: [] });
  expect(sink.text('Messages without a conversation.txt')).toContain('from an Android phone');
});

it('a period begins with its first instant and ends before its last', async () => {
  const [since, until] = [new Date('2024-01-02T10:00:00Z'), new Date('2024-01-04T10:00:00Z')];
  const sink = new MemorySink();
  const report = await exported(phone, { kind: 'calls', format: 'csv', since, until }, sink);
  expect(
    sink
      .text('calls.csv')
      .split('\r\n')
      .slice(1, -1)
      .map((line) => line.slice(0, 10).replaceAll('"', '')),
  ).toEqual(['2024-01-02', '2024-01-03']);
  expect(report.skipped).toContainEqual({ reason: 'outside the period', count: 4 });
});

describe('a phone without the data', () => {
  it.each([
    'messages',
    'whatsapp',
    'contacts',
    'calls',
    'voicemail',
    'voice-memos',
    'notes',
    'photos',
    'calendar',
    'reminders',
    'safari',
    'health',
    'files',
  ] as const)('says so for %s', async (kind) => {
    const report = await exported([{ domain: 'HomeDomain', path: 'x', bytes: Buffer.from('x') }], { kind });
    expect([report.read, report.gaps.length > 0]).toEqual([0, true]);
  });
});

it('a request that cannot be met is refused before anything is written', async () => {
  const sink = new MemorySink();
  await expect(exported(phone, { kind: 'calls', format: 'ics' }, sink)).rejects.toMatchObject({
    code: 'USAGE',
    hint: 'Choose one of csv, json, html, txt, md.',
  });
  await expect(exported(phone, { kind: 'app' }, sink)).rejects.toMatchObject({ code: 'USAGE' });
  await expect(exported(phone, { kind: 'calls', timeZone: 'Mars/Olympus' }, sink)).rejects.toMatchObject({
    code: 'USAGE',
  });
  expect(sink.paths).toEqual([]);
});

it('one conversation is exported alone, with its files and no others', async () => {
  const sink = new MemorySink();
  const report = await exported(phone, { kind: 'messages', with: '0151 1234567', format: 'html' }, sink);
  expect(sink.paths.filter((path) => path.endsWith('.html'))).toEqual([
    'Dr. Anna B. Müller; _A_ MSc.html',
    'Ski trip ⛷ _b_.html',
    'index.html',
  ]);
  expect(report.skipped).toEqual([{ reason: 'in a conversation that was not asked for', count: 3 }]);
  const eve = await exported(phone, { kind: 'messages', with: 'EVE@example.com', format: 'txt' });
  expect([eve.read, eve.exported]).toEqual([23, 5]);
});

/** Notes every file that is opened. */
class WatchedFiles implements BackupFiles {
  readonly label = 'watched';
  readonly opened = new Set<string>();
  readonly #files: BackupFiles;

  constructor(files: BackupFiles) {
    this.#files = files;
  }

  stat(path: string, options: CallOptions) {
    return this.#files.stat(path, options);
  }

  open(path: string, options: ReadOptions) {
    this.opened.add(path);
    return this.#files.open(path, options);
  }

  list(path: string, options: CallOptions) {
    return this.#files.list(path, options);
  }
}

it('only what is needed is read', async () => {
  const files = new WatchedFiles(buildBackup({ entries: phone }));
  await using backup = await openBackup(files, { signal });
  await exportBackup(backup, { kind: 'messages', with: 'Bob' }, new MemorySink(), { signal });
  const place = (domain: string, path: string): string => {
    const entry = backup.manifest.find(domain, path);
    return entry === undefined ? 'missing' : backup.manifest.place(entry);
  };
  const needed = ['Info.plist', 'Manifest.plist', 'Status.plist', 'Manifest.db', place('HomeDomain', sms)];
  const names = [place('HomeDomain', 'Library/AddressBook/AddressBook.sqlitedb')];
  expect([...files.opened].filter((path) => ![...needed, ...names].includes(path))).toEqual([]);
});

it('a file that cannot be read is counted, and the rest is exported', async () => {
  const inner = buildBackup({ entries: phone });
  const files = new WatchedFiles(inner);
  await using backup = await openBackup(files, { signal });
  const entry = [...backup.manifest.entries({ domain: 'MediaDomain' })].find(
    ({ kind, path }) => kind === 'file' && path.endsWith('.png'),
  );
  if (entry === undefined) throw new Error('no picture');
  const place = backup.manifest.place(entry);
  files.open = (path, options) => {
    if (path === place) throw new BackupError('CORRUPT', 'no destination has it whole');
    return inner.open(path, options);
  };
  const report = await exportBackup(backup, { kind: 'messages' }, new MemorySink(), { signal });
  expect(report).toMatchObject({ exported: 23, unreadable: 2, undecoded: 1 });
  expect(report.files.missing).toContainEqual({ reason: 'no destination has it whole', count: 1 });
});
