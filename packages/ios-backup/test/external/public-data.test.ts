import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FolderFiles, exportBackup, openBackup } from '../../src/index.ts';
import type { BackupFiles, ExportKind } from '../../src/index.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { signal } from '../fixtures/signal.ts';

/**
 * Databases of other projects, which are not part of this one: a folder with checkouts of them, e.g. of novkostya/ios-backup-parser,
 * abrignoni/iLEAPP (its zip files unpacked) and mvt-project/mvt. Python counts the rows; it reads the logs with its own SQLite.
 */
const folder = process.env['TRIPLICATE_PUBLIC_DATA'] ?? '';

const known: readonly (readonly [
  name: RegExp,
  kind: ExportKind,
  domain: string,
  path: string,
  tables: readonly string[],
])[] = [
  [/AddressBook\.sqlitedb$/, 'contacts', 'HomeDomain', 'Library/AddressBook/AddressBook.sqlitedb', ['ABPerson']],
  [/sms\.db$/, 'messages', 'HomeDomain', 'Library/SMS/sms.db', ['message']],
  [/CallHistory\.storedata$/, 'calls', 'HomeDomain', 'Library/CallHistoryDB/CallHistory.storedata', ['ZCALLRECORD']],
  [/Calendar\.sqlitedb$/, 'calendar', 'HomeDomain', 'Library/Calendar/Calendar.sqlitedb', ['CalendarItem']],
  [/voicemail\.db$/, 'voicemail', 'HomeDomain', 'Library/Voicemail/voicemail.db', ['voicemail']],
  [
    /ChatStorage\.sqlite$/,
    'whatsapp',
    'AppDomainGroup-group.net.whatsapp.WhatsApp.shared',
    'ChatStorage.sqlite',
    ['ZWAMESSAGE'],
  ],
  [
    /reminders.*\.sqlite$/,
    'reminders',
    'AppDomainGroup-group.com.apple.reminders',
    'Container_v1/Stores/Data-x.sqlite',
    ['ZREMCDREMINDER'],
  ],
  [
    /CallHistory\.sqlite$/,
    'calls',
    'AppDomainGroup-group.net.whatsapp.WhatsApp.shared',
    'CallHistory.sqlite',
    ['ZWACDCALLEVENT'],
  ],
  [/healthdb_secure\.sqlite$/, 'health', 'HealthDomain', 'Health/healthdb_secure.sqlite', ['samples']],
  [/Bookmarks\.db$/, 'safari', 'HomeDomain', 'Library/Safari/Bookmarks.db', ['bookmarks']],
  [
    /NoteStore\.sqlite$/,
    'notes',
    'AppDomainGroup-group.com.apple.notes',
    'NoteStore.sqlite',
    ['ZICCLOUDSYNCINGOBJECT'],
  ],
];

const walk = function* (root: string): Generator<string> {
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    const path = join(root, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else yield path;
  }
};

const script = `
import os, shutil, sqlite3, sys, tempfile
with tempfile.TemporaryDirectory() as scratch:
    for suffix in ('', '-wal'):
        if os.path.exists(sys.argv[1] + suffix): shutil.copy(sys.argv[1] + suffix, os.path.join(scratch, 'db' + suffix))
    db = sqlite3.connect(os.path.join(scratch, 'db'))
    where = " WHERE Z_ENT = (SELECT Z_ENT FROM Z_PRIMARYKEY WHERE Z_NAME = 'ICNote')" if sys.argv[2] == 'ZICCLOUDSYNCINGOBJECT' else ''
    print(db.execute('SELECT count(*) FROM "' + sys.argv[2] + '"' + where).fetchone()[0])
`;

const files = folder === '' ? [] : [...walk(folder)];
const cases = files.flatMap((path) => known.filter(([name]) => name.test(path)).map((rest) => ({ path, rest })));

describe.skipIf(cases.length === 0)('public data (TRIPLICATE_PUBLIC_DATA names its folder)', () => {
  it.each(cases)('$path is read to its last row', async ({ path, rest: [, kind, domain, inside, tables] }) => {
    const entries: PhoneEntry[] = ['', '-wal']
      .filter((suffix) => existsSync(path + suffix))
      .map((suffix) => ({ domain, path: inside + suffix, bytes: readFileSync(path + suffix) }));
    await using backup = await openBackup(buildBackup({ entries }), { signal });
    const report = await exportBackup(backup, { kind }, new MemorySink(), { signal });
    const counted = execFileSync('python3', ['-c', script, path, tables[0] ?? ''], { encoding: 'utf8' });
    expect(report.read).toBe(Number(counted));
  });
});

const manifests = files
  .filter((path) => path.endsWith('/Manifest.db'))
  .map((path) => path.slice(0, -'/Manifest.db'.length));

describe.skipIf(manifests.length === 0)('public backups', () => {
  it.each(manifests)('%s lists every entry with its details', async (path) => {
    const tree: BackupFiles = new FolderFiles(path);
    await using backup = await openBackup(tree, { signal });
    let entries = 0;
    for (const entry of backup.manifest.entries()) {
      entries++;
      expect(entry.details().mode).toBeGreaterThan(0);
    }
    expect(entries).toBe(backup.manifest.count);
  });
});
