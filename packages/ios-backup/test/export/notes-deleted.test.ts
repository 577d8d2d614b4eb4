import { expect, it } from 'vitest';
import { exportBackup, findText, openBackup } from '../../src/index.ts';
import { buildBackup, database } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { notesSchema } from '../fixtures/phone/notes.ts';
import { signal } from '../fixtures/signal.ts';

// A note that was deleted stands in a folder of its own, which has a name in each language and a type or an identifier that is the same in all.

const folders = [
  { Z_PK: 2, Z_ENT: 15, ZIDENTIFIER: 'DefaultFolder-CloudKit', ZTITLE2: 'Notizen', ZFOLDERTYPE: 0 },
  { Z_PK: 3, Z_ENT: 15, ZIDENTIFIER: 'TrashFolder-CloudKit', ZTITLE2: 'Zuletzt gelöscht', ZFOLDERTYPE: null },
  { Z_PK: 4, Z_ENT: 15, ZIDENTIFIER: '6A1F', ZTITLE2: 'Zuletzt gelöscht', ZFOLDERTYPE: 1 },
];

const note = (Z_PK: number, ZTITLE1: string, ZFOLDER: number) => ({
  Z_PK,
  Z_ENT: 12,
  ZIDENTIFIER: `N${Z_PK}`,
  ZTITLE1,
  ZCREATIONDATE3: 1,
  ZMODIFICATIONDATE1: 1,
  ZACCOUNT7: 1,
  ZMARKEDFORDELETION: 0,
  ZFOLDER,
});

const deletedLately: PhoneEntry = {
  domain: 'AppDomainGroup-group.com.apple.notes',
  path: 'NoteStore.sqlite',
  bytes: database(`${notesSchema} ALTER TABLE ZICCLOUDSYNCINGOBJECT ADD COLUMN ZFOLDERTYPE INTEGER;`, {
    Z_PRIMARYKEY: [
      { Z_ENT: 12, Z_NAME: 'ICNote' },
      { Z_ENT: 14, Z_NAME: 'ICAccount' },
      { Z_ENT: 15, Z_NAME: 'ICFolder' },
    ],
    ZICCLOUDSYNCINGOBJECT: [
      { Z_PK: 1, Z_ENT: 14, ZIDENTIFIER: 'A', ZNAME: 'iCloud' },
      ...folders,
      note(10, 'Oak here', 2),
      note(11, 'Oak by identifier', 3),
      note(12, 'Oak by type', 4),
    ],
  }),
};

it('is exported into the folder of deleted notes', async () => {
  await using backup = await openBackup(buildBackup({ entries: [deletedLately] }), { signal });
  const sink = new MemorySink();
  await exportBackup(backup, { kind: 'notes', format: 'txt' }, sink, { signal });
  expect(sink.paths.filter((path) => path.includes('/')).toSorted()).toEqual([
    'Notizen/Oak here.txt',
    'Recently deleted/Oak by identifier.txt',
    'Recently deleted/Oak by type.txt',
  ]);
});

it('is found as one that was deleted', async () => {
  await using backup = await openBackup(buildBackup({ entries: [deletedLately] }), { signal });
  const hits = await Array.fromAsync(findText(backup, 'oak', { signal }));
  expect(hits.map(({ where, recentlyDeleted }) => [where, recentlyDeleted])).toEqual([
    ['Oak here', undefined],
    ['Oak by identifier', true],
    ['Oak by type', true],
  ]);
});
