import { expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import type { ExportReport } from '../../src/index.ts';
import { buildBackup, database } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { contactsSchema } from '../fixtures/phone/contacts.ts';
import { cocoa, pixel } from '../fixtures/phone/times.ts';
import { signal } from '../fixtures/signal.ts';

type Rows = Readonly<Record<string, Parameters<typeof database>[1][string]>>;

const exported = async (
  rows: Rows,
  { format = 'vcard', images = {} as Rows }: { format?: 'vcard' | 'vcard3' | 'csv'; images?: Rows } = {},
): Promise<{ text: string; report: ExportReport }> => {
  const folder = 'Library/AddressBook';
  const pictures =
    'CREATE TABLE ABThumbnailImage (record_id INTEGER, data BLOB); CREATE TABLE ABFullSizeImage (record_id INTEGER, data BLOB)';
  const entries = [
    { domain: 'HomeDomain', path: `${folder}/AddressBook.sqlitedb`, bytes: database(contactsSchema, rows) },
    { domain: 'HomeDomain', path: `${folder}/AddressBookImages.sqlitedb`, bytes: database(pictures, images) },
  ];
  await using backup = await openBackup(buildBackup({ entries }), { signal });
  const sink = new MemorySink();
  const report = await exportBackup(backup, { kind: 'contacts', format }, sink, { signal });
  return { text: sink.text(format === 'csv' ? 'contacts.csv' : 'contacts.vcf'), report };
};

const ann = { ROWID: 1, First: 'Ann', Last: 'Bell', Kind: 0 };
const value = (property: number, rest: Readonly<Record<string, unknown>>) => ({
  UID: 1,
  record_id: 1,
  property,
  ...rest,
});

it('a former name and how names are spoken are exported', async () => {
  const person = { ...ann, PreviousFamilyName: 'Carr', MiddlePhonetic: 'em', OrganizationPhonetic: 'ak-mi' };
  const { text, report } = await exported({ ABPerson: [person] });
  expect(text).toContain('X-MAIDENNAME:Carr\r\n');
  expect(text).toContain('X-PHONETIC-MIDDLE-NAME:em\r\n');
  expect(text).toContain('X-PHONETIC-ORG:ak-mi\r\n');
  expect(report.gaps).toEqual([]);
});

it('a column of a contact that is not known is named when it holds something', async () => {
  const { report } = await exported({
    ABPerson: [
      { ...ann, AlternateBirthday: 'x' },
      { ROWID: 2, First: 'Bob' },
    ],
  });
  expect(report.gaps).toEqual(['contacts: 1 has something in the column "AlternateBirthday", which is not exported']);
});

it('all parts of an address are exported, and one that is not known is named', async () => {
  const { text, report } = await exported({
    ABPerson: [ann],
    ABMultiValueEntryKey: ['Street', 'SubLocality', 'SubAdministrativeArea', 'Planet'].map((key) => ({ value: key })),
    ABMultiValue: [value(5, {})],
    ABMultiValueEntry: ['Way 1', 'Sülz', 'Köln-Stadt', 'Mars'].map((word, i) => ({
      parent_id: 1,
      key: i + 1,
      value: word,
    })),
  });
  expect(text).toContain(
    'item1.ADR:;;Way 1;;;;\r\nitem1.X-APPLE-SUBLOCALITY:Sülz\r\nitem1.X-APPLE-SUBADMINISTRATIVEAREA:Köln-Stadt\r\n',
  );
  expect(report.gaps).toEqual(['contacts: 1 value has a part "planet", which is not exported']);
});

it('values of a kind that is not known are counted', async () => {
  const { report } = await exported({
    ABPerson: [ann],
    ABMultiValue: [value(99, { value: 'x' }), value(99, { UID: 2, value: 'y' })],
  });
  expect(report.gaps).toEqual(['contacts: 2 values are of the kind 99, which is not known and not exported']);
});

it.each([
  [{ ABPerson: [{ ...ann, Birthday: 'soon' }] }, 'birthday of “Ann Bell”: “soon” is no date'],
  [{ ABPerson: [ann], ABMultiValue: [value(12, { value: 'later' })] }, 'date of “Ann Bell”: “later” is no date'],
])('a date that is none is named (%#)', async (rows, gap) => {
  const { report } = await exported(rows);
  expect(report).toMatchObject({ exported: 1, gaps: [gap], unreadable: 1, undecoded: 1 });
});

it('a date without its year has none in the export', async () => {
  const rows = { ABPerson: [ann], ABMultiValue: [value(12, { value: String(cocoa('1604-11-22T12:00:00Z')) })] };
  expect((await exported(rows)).text).toContain('X-ABDATE:--1122\r\n');
  expect((await exported(rows, { format: 'vcard3' })).text).toContain('X-ABDATE;X-APPLE-OMIT-YEAR=1604:1604-11-22\r\n');
  expect((await exported(rows, { format: 'csv' })).text).toContain('--11-22');
});

it('a photo that is too large is named, and the small one takes its place', async () => {
  const huge = Buffer.alloc(17 * 1024 * 1024, 1);
  const images = { ABFullSizeImage: [{ record_id: 1, data: huge }], ABThumbnailImage: [{ record_id: 1, data: pixel }] };
  const { text, report } = await exported({ ABPerson: [ann] }, { images });
  expect(text).toContain('PHOTO:data:image/png');
  expect(report.gaps).toEqual([
    'photo of “Ann Bell”: it is larger than 16 MiB and left out; the small one is exported',
  ]);
});

it('a table of contacts has all that a contact may have', async () => {
  const rows = {
    ABPerson: [{ ...ann, Middle: 'Mid', Prefix: 'Dr.', Suffix: 'MSc', Nickname: 'Annie', PreviousFamilyName: 'Carr' }],
    ABMultiValue: [value(23, { value: 'Maria' }), value(12, { UID: 2, value: String(cocoa('2010-06-05T12:00:00Z')) })],
  };
  const { text } = await exported(rows, { format: 'csv' });
  for (const word of ['Mid', 'Dr.', 'MSc', 'Annie', 'Carr', 'Maria', '2010-06-05'])
    expect(text.split('\r\n')[1]).toContain(word);
});
