import { DatabaseSync } from 'node:sqlite';
import { isBackupError } from '@triplicate/core';
import { expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import type { ExportKind } from '../../src/index.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { notePassword } from '../fixtures/phone/notes.ts';
import { oldPhone } from '../fixtures/phone/old-phone.ts';
import { phone } from '../fixtures/phone/phone.ts';
import { signal } from '../fixtures/signal.ts';

// Every table and every column of every database is given another name, one at a time, as a version of iOS that nobody knows might do.

const databases: readonly (readonly [path: RegExp, kind: ExportKind])[] = [
  [/sms\.db$/, 'messages'],
  [/(ChatStorage|ContactsV2)\.sqlite$/, 'whatsapp'],
  [/AddressBook(Images)?\.sqlitedb$/, 'contacts'],
  [/CallHistory(Temp)?\.(sqlite|storedata)$|call_history\.db$/, 'calls'],
  [/NoteStore\.sqlite$|Library\/Notes\/notes\.sqlite$/, 'notes'],
  [/Photos\.sqlite$/, 'photos'],
  [/Calendar\.sqlitedb$/, 'calendar'],
  [/Stores\/Data-.*\.sqlite$/, 'reminders'],
  [/voicemail\.db$/, 'voicemail'],
  [/Recordings\.db$/, 'voice-memos'],
  [/(Bookmarks|History|BrowserState)\.db$/, 'safari'],
  [/healthdb_secure\.sqlite$/, 'health'],
];

/** The absence of one cannot be told from an older iOS, the other is but a name for the same event. */
const unseen = [
  'ALTER TABLE "message" RENAME COLUMN "associated_message_emoji" TO "other"',
  'ALTER TABLE "CalendarItem" RENAME COLUMN "UUID" TO "other"',
];

interface Outcome {
  readonly text: string;
  readonly gaps: readonly string[];
}

/** What an export gave without its report, or the code of its error. */
const outcome = async (entries: readonly PhoneEntry[], kind: ExportKind): Promise<Outcome | string> => {
  await using backup = await openBackup(buildBackup({ entries }), { signal });
  const sink = new MemorySink();
  try {
    const report = await exportBackup(backup, { kind, format: 'json', notePassword }, sink, { signal });
    const texts = sink.paths
      .filter((path) => path.endsWith('.json') && path !== 'export-report.json')
      .map((path) => JSON.stringify({ ...(JSON.parse(sink.text(path)) as object), report: undefined }));
    return { text: texts.join('\n'), gaps: report.gaps };
  } catch (error) {
    if (!isBackupError(error)) throw error;
    return error.code;
  }
};

const isTold = (whole: Outcome | string, now: Outcome | string): boolean => {
  if (typeof whole === 'string' || typeof now === 'string') return now === 'UNSUPPORTED';
  return now.text === whole.text || now.gaps.some((gap) => !whole.gaps.includes(gap));
};

const opened = (bytes: Uint8Array): DatabaseSync => {
  const db = new DatabaseSync(':memory:');
  db.deserialize(bytes);
  return db;
};

const names = (db: DatabaseSync, sql: string, ...values: string[]): string[] =>
  db
    .prepare(sql)
    .all(...values)
    .map(({ name }) => String(name));

const changesOf = (bytes: Uint8Array): string[] => {
  const db = opened(bytes);
  const changes = names(db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'").flatMap(
    (table) => [
      `ALTER TABLE "${table}" RENAME TO "other"`,
      ...names(db, 'SELECT name FROM pragma_table_info(?)', table).map(
        (column) => `ALTER TABLE "${table}" RENAME COLUMN "${column}" TO "other"`,
      ),
    ],
  );
  db.close();
  return changes;
};

const casesOf = (all: readonly PhoneEntry[], age: string) =>
  all.flatMap((entry) =>
    databases.flatMap(([path, kind]) =>
      path.test(entry.path) && entry.bytes !== undefined
        ? [{ all, age, path: entry.path, entry, bytes: entry.bytes, kind }]
        : [],
    ),
  );

const cases = [
  ...casesOf(phone, 'a new'),
  ...casesOf(oldPhone, 'an old').filter(({ path }) => !path.includes('AddressBook')),
];

it.each(cases)(
  'nothing of $path of $age phone is left out of $kind without a word',
  { timeout: 60_000 },
  async (one) => {
    const whole = await outcome(one.all, one.kind);
    const silent: string[] = [];
    for (const sql of changesOf(one.bytes)) {
      const db = opened(one.bytes);
      db.exec(sql);
      const bytes = Buffer.from(db.serialize());
      db.close();
      const entries = one.all.map((entry) => (entry === one.entry ? { ...entry, bytes } : entry));
      const now = await outcome(entries, one.kind);
      if (!isTold(whole, now)) silent.push(sql);
    }
    expect(silent.filter((sql) => !unseen.includes(sql))).toEqual([]);
  },
);
