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

it('many notes with many things inside are exported without going through all of these for each note', async () => {
  const indexes = `CREATE INDEX ZICCLOUDSYNCINGOBJECT_ZNOTE_INDEX ON ZICCLOUDSYNCINGOBJECT (ZNOTE);
    CREATE INDEX ZICCLOUDSYNCINGOBJECT_ZNOTE1_INDEX ON ZICCLOUDSYNCINGOBJECT (ZNOTE1);
    CREATE INDEX ZICCLOUDSYNCINGOBJECT_Z_ENT_INDEX ON ZICCLOUDSYNCINGOBJECT (Z_ENT);
    CREATE INDEX ZICNOTEDATA_ZNOTE_INDEX ON ZICNOTEDATA (ZNOTE);`;
  const numbers = Array.from({ length: 4000 }, (_, n) => n + 10);
  const inside = (Z_PK: number, n: number, rest: object) => ({
    Z_PK,
    ZIDENTIFIER: `I${Z_PK}`,
    ZTYPEUTI: 'public.url',
    ZURLSTRING: `https://example.com/${n}`,
    ...rest,
  });
  const bytes = database(`${notesSchema} ${indexes}`, {
    Z_PRIMARYKEY: [
      { Z_ENT: 5, Z_NAME: 'ICAttachment' },
      { Z_ENT: 9, Z_NAME: 'ICInlineAttachment' },
      { Z_ENT: 12, Z_NAME: 'ICNote' },
      { Z_ENT: 14, Z_NAME: 'ICAccount' },
    ],
    ZICCLOUDSYNCINGOBJECT: [
      { Z_PK: 1, Z_ENT: 14, ZIDENTIFIER: 'A', ZNAME: 'iCloud' },
      ...numbers.map((n) => note(n, `Note ${n}`)),
      ...numbers.flatMap((n) => [
        inside(20_000 + 3 * n, n, { Z_ENT: 5, ZNOTE: n }),
        inside(20_001 + 3 * n, n, { Z_ENT: 9, ZNOTE1: n }),
        inside(20_002 + 3 * n, n, { Z_ENT: 5, ZNOTE: n, ZNOTE1: n + 1 }),
      ]),
    ],
  });
  const domain = 'AppDomainGroup-group.com.apple.notes';
  await using backup = await openBackup(buildBackup({ entries: [{ domain, path: 'NoteStore.sqlite', bytes }] }), {
    signal,
  });
  const begun = process.cpuUsage();
  const sink = new MemorySink();
  const report = await exportBackup(backup, { kind: 'notes', format: 'json' }, sink, { signal });
  const { user, system } = process.cpuUsage(begun);
  expect(report.exported).toBe(4000);
  expect(sink.text('notes.json').match(/"kind":"link"/g)).toHaveLength(12_000);
  expect((user + system) / 1e6).toBeLessThan(6);
});
