import { expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import type { ExportKind } from '../../src/index.ts';
import { buildBackup, database } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { callsSchema, messengerCallsSchema } from '../fixtures/phone/calls.ts';
import { callsBefore8 } from '../fixtures/phone/old-phone.ts';
import { phone } from '../fixtures/phone/phone.ts';
import { addressBook } from '../fixtures/phone/small-phones.ts';
import { signal } from '../fixtures/signal.ts';

interface Listed {
  readonly id?: string;
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

const oldStore = (call: Parameters<typeof database>[1][string]): PhoneEntry => ({
  domain: 'WirelessDomain',
  path: 'Library/CallHistory/call_history.db',
  bytes: database(callsBefore8, { call }),
});

it('the call history of a phone before iOS 8 is read from a plain backup', async () => {
  const { records, report } = await exported(
    [
      addressBook([['Ann', '(212) 555-1234']]),
      oldStore([
        { ROWID: 1, address: ann, date: 1_325_376_000, duration: 61, flags: 5 },
        { ROWID: 2, address: '+13125551234', date: 1_325_376_100, duration: 0, flags: 4 },
        { ROWID: 3, address: 'eve@example.com', date: 1_325_376_200, duration: 9, flags: 16 },
        { ROWID: 4, address: '', date: 1_325_376_300, duration: 9, flags: 8 },
      ]),
    ],
    'calls',
  );
  expect(records).toMatchObject([
    {
      at: '2012-01-01T00:00:00.000Z',
      name: 'Ann',
      direction: 'out',
      answered: true,
      durationSeconds: 61,
      kind: 'phone',
    },
    { handle: '+13125551234', direction: 'in', missed: true, kind: 'phone' },
    { handle: 'eve@example.com', direction: 'in', missed: false, kind: 'FaceTime' },
    { direction: 'in', kind: 'kind 8' },
  ]);
  expect(report).toMatchObject({ read: 4, exported: 4, skipped: [] });
  expect(report.gaps.filter((gap) => gap.includes('encrypted'))).toEqual([]);
});

it('a call that a newer database took over from the old one is exported once', async () => {
  const { records, report } = await exported(
    [
      store('CallHistory', [{ Z_PK: 1, ZDATE: 347_068_800.4, ZADDRESS: ann, ZUNIQUE_ID: 'A' }]),
      oldStore([
        { ROWID: 1, address: '(212) 555-1234', date: 1_325_376_000, duration: 61, flags: 5 },
        { ROWID: 2, address: '+13125551234', date: 1_325_376_000, duration: 61, flags: 5 },
      ]),
    ],
    'calls',
  );
  expect(records.map(({ handle }) => handle)).toEqual([ann, '+13125551234']);
  expect(report.skipped).toEqual([{ reason: 'stands in both call databases', count: 1 }]);
});

it('a call of WhatsApp is the same as one of the phone only when it is with the same person, and each but once', async () => {
  const path = 'CallHistory.sqlite';
  const whatsApp: PhoneEntry = {
    domain: 'AppDomainGroup-group.net.whatsapp.WhatsApp.shared',
    path,
    bytes: database(messengerCallsSchema, {
      ZWACDCALLEVENT: [
        { Z_PK: 1, ZDATE: 1001, ZDURATION: 5, ZCALLIDSTRING: 'same' },
        { Z_PK: 2, ZDATE: 1002, ZDURATION: 5, ZCALLIDSTRING: 'other person' },
        { Z_PK: 3, ZDATE: 1004, ZDURATION: 5, ZCALLIDSTRING: 'called again' },
      ],
      ZWACDCALLEVENTPARTICIPANT: [
        { Z_PK: 1, Z1PARTICIPANTS: 1, ZJIDSTRING: '12125551234@s.whatsapp.net' },
        { Z_PK: 2, Z1PARTICIPANTS: 2, ZJIDSTRING: '13125551234@s.whatsapp.net' },
        { Z_PK: 3, Z1PARTICIPANTS: 3, ZJIDSTRING: '12125551234@s.whatsapp.net' },
      ],
    }),
  };
  const provider = 'net.whatsapp.WhatsApp';
  const own = store('CallHistory', [
    { Z_PK: 1, ZDATE: 1000, ZADDRESS: ann, ZUNIQUE_ID: 'A', ZCALLTYPE: 0, ZSERVICE_PROVIDER: provider },
  ]);
  const { records, report } = await exported([own, whatsApp], 'calls');
  expect(records.map(({ id }) => id)).toEqual(['A', 'other person', 'called again']);
  expect(report).toMatchObject({
    read: 4,
    exported: 3,
    skipped: [{ reason: 'stands in both call databases', count: 1 }],
  });
});
