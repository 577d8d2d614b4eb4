import { expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import type { ExportReport } from '../../src/index.ts';
import { buildBackup, database } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { notesSchema } from '../fixtures/phone/notes.ts';
import { signal } from '../fixtures/signal.ts';

const note = (Z_PK: number, ZTITLE1: string, rest: Readonly<Record<string, unknown>> = {}) => ({
  Z_PK,
  Z_ENT: 12,
  ZIDENTIFIER: `N${Z_PK}`,
  ZTITLE1,
  ZCREATIONDATE3: 1,
  ZMODIFICATIONDATE1: 1,
  ZACCOUNT7: 1,
  ...rest,
});

const exported = async (entries: readonly PhoneEntry[]): Promise<{ sink: MemorySink; report: ExportReport }> => {
  await using backup = await openBackup(buildBackup({ entries }), { signal });
  const sink = new MemorySink();
  const report = await exportBackup(backup, { kind: 'notes', format: 'md' }, sink, { signal });
  return { sink, report };
};

it('a note whose text is not in the backup says where it is, and is counted', async () => {
  const bytes = database(notesSchema, {
    Z_PRIMARYKEY: [
      { Z_ENT: 12, Z_NAME: 'ICNote' },
      { Z_ENT: 14, Z_NAME: 'ICAccount' },
    ],
    ZICCLOUDSYNCINGOBJECT: [
      { Z_PK: 1, Z_ENT: 14, ZIDENTIFIER: 'A', ZNAME: 'iCloud' },
      note(10, 'No row'),
      note(11, 'Empty row'),
      note(12, 'Locked', { ZISPASSWORDPROTECTED: 1 }),
    ],
    ZICNOTEDATA: [
      { Z_PK: 1, ZNOTE: 11, ZDATA: null },
      { Z_PK: 2, ZNOTE: 12, ZDATA: null },
    ],
  });
  const domain = 'AppDomainGroup-group.com.apple.notes';
  const { sink, report } = await exported([{ domain, path: 'NoteStore.sqlite', bytes }]);
  expect(sink.text('Notes/No row.md')).toContain('only in iCloud');
  expect(sink.text('Notes/Empty row.md')).toContain('only in iCloud');
  expect(sink.text('Notes/Locked.md')).toContain('locked');
  expect(report.gaps).toContain('text: 2 notes have none in this backup: it is only in iCloud');
  expect(report.gaps).toContain('text: 1 locked note has none in this backup: it is only in iCloud');
  expect(report).toMatchObject({ read: 3, exported: 3, unreadable: 0 });
});

it('a note from before iOS 9 whose text is not in the backup says so', async () => {
  const bytes = database(
    'CREATE TABLE ZNOTE (Z_PK INTEGER PRIMARY KEY, ZTITLE VARCHAR, ZCREATIONDATE TIMESTAMP, ZMODIFICATIONDATE TIMESTAMP); CREATE TABLE ZNOTEBODY (Z_PK INTEGER PRIMARY KEY, ZOWNER INTEGER, ZCONTENT VARCHAR)',
    { ZNOTE: [{ Z_PK: 1, ZTITLE: 'Old', ZCREATIONDATE: 1, ZMODIFICATIONDATE: 1 }] },
  );
  const { sink, report } = await exported([{ domain: 'HomeDomain', path: 'Library/Notes/notes.sqlite', bytes }]);
  expect(sink.text('Notes/Old.md')).toContain('no text in this backup');
  expect(report.gaps).toContain('text: 1 note of the app before iOS 9 has none in this backup');
});
