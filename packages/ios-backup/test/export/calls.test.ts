import { expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import type { ExportKind } from '../../src/index.ts';
import { buildBackup, database } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { callsSchema } from '../fixtures/phone/calls.ts';
import { phone } from '../fixtures/phone/phone.ts';
import { addressBook } from '../fixtures/phone/small-phones.ts';
import { signal } from '../fixtures/signal.ts';

interface Listed {
  readonly handle?: string;
  readonly sender?: string;
  readonly name?: string;
  readonly participantNames?: readonly string[];
}

const exported = async (entries: readonly PhoneEntry[], kind: ExportKind, person?: string) => {
  await using backup = await openBackup(buildBackup({ entries }), { signal });
  const sink = new MemorySink();
  const report = await exportBackup(backup, { kind, format: 'json', with: person }, sink, { signal });
  const { records } = JSON.parse(sink.text(`${kind}.json`)) as { records: readonly Listed[] };
  return { records, report };
};

const store = (name: string, rows: Parameters<typeof database>[1][string]): PhoneEntry => ({
  domain: 'HomeDomain',
  path: `Library/CallHistoryDB/${name}.storedata`,
  bytes: database(callsSchema, { ZCALLRECORD: rows }),
});

const ann = '+12125551234';

it('calls are shown with the names of the address book, and found by them', async () => {
  const entries = [
    addressBook([['Ann', '(212) 555-1234']]),
    store('CallHistory', [
      { Z_PK: 1, ZDATE: 1000, ZADDRESS: ann, ZUNIQUE_ID: 'A' },
      { Z_PK: 2, ZDATE: 2000, ZADDRESS: '+13125551234', ZUNIQUE_ID: 'B' },
    ]),
  ];
  expect((await exported(entries, 'calls', 'ann')).records).toMatchObject([{ handle: ann, name: 'Ann' }]);
});

it('a call that has another name of its own is found by the one in the address book too', async () => {
  const { records } = await exported(phone, 'calls', 'Müller');
  expect(records.map(({ name, handle }) => name ?? handle)).toEqual(['Anna', 'eve@example.com']);
  expect(records[1]?.participantNames).toEqual(['eve@example.com', expect.stringContaining('Müller')]);
});

it('voicemail is shown with the names of the address book, and found by them', async () => {
  const { records } = await exported(phone, 'voicemail', 'Müller');
  expect(records).toMatchObject([{ sender: '+491511234567', name: expect.stringContaining('Müller') as string }]);
});

it('calls without an identifier are different ones in each database, and in one', async () => {
  const { report } = await exported(
    [
      store('CallHistory', [
        { Z_PK: 1, ZDATE: 1000, ZADDRESS: ann },
        { Z_PK: 2, ZDATE: 1500, ZADDRESS: ann, ZUNIQUE_ID: 'A' },
        { Z_PK: 3, ZDATE: 1600, ZADDRESS: ann, ZUNIQUE_ID: 'A' },
      ]),
      store('CallHistoryTemp', [{ Z_PK: 1, ZDATE: 2000, ZADDRESS: '+13125551234' }]),
    ],
    'calls',
  );
  expect(report).toMatchObject({ read: 4, exported: 4, skipped: [] });
});
