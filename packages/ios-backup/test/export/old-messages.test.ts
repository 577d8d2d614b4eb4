import { writeBinaryPlist } from '@triplicate/plist';
import { expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import type { ExportReport } from '../../src/index.ts';
import { buildBackup, database } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { messagesBefore5, messagesSince5 } from '../fixtures/phone/old-phone.ts';
import { addressBook } from '../fixtures/phone/small-phones.ts';
import { cocoa, pixel, unix } from '../fixtures/phone/times.ts';
import { signal } from '../fixtures/signal.ts';

const smsOf = (schema: string, rows: Parameters<typeof database>[1]): PhoneEntry => ({
  domain: 'HomeDomain',
  path: 'Library/SMS/sms.db',
  bytes: database(schema, rows),
});

interface Exported {
  readonly chats: Record<string, string[]>;
  readonly sink: MemorySink;
  readonly report: ExportReport;
}

/** Each conversation as lines of time, sender, service and text. */
const exported = async (entries: readonly PhoneEntry[], person?: string): Promise<Exported> => {
  await using backup = await openBackup(buildBackup({ entries, layout: 'mbdb' }), { signal });
  const sink = new MemorySink();
  const report = await exportBackup(backup, { kind: 'messages', format: 'json', with: person }, sink, { signal });
  const { records } = JSON.parse(sink.text('messages.json')) as { records: readonly Listed[] };
  const chats: Record<string, string[]> = {};
  let lines: string[] = [];
  for (const { chat, message } of records) {
    if (chat !== undefined) lines = chats[chat.name] = [];
    else if (message !== undefined) {
      const from = message.from.me ? 'me' : (message.from.name ?? message.from.handle ?? 'unknown');
      lines.push(`${message.at?.slice(0, 16) ?? 'never'} ${from} ${message.service ?? ''}: ${message.text ?? ''}`);
    }
  }
  return { chats, sink, report };
};

interface Listed {
  readonly chat?: { readonly name: string };
  readonly message?: {
    readonly at?: string;
    readonly from: { readonly me: boolean; readonly name?: string; readonly handle?: string };
    readonly service?: string;
    readonly text?: string;
  };
}

const [ann, ben] = ['+12125551234', '+13125551234'] as const;
const people = addressBook([
  ['Ann', '(212) 555-1234'],
  ['Ben', ben],
]);
const at = (minute: number): number => unix('2011-01-02T10:00:00Z') + minute * 60;

it('messages of iOS 4 have their dates, their senders and their conversations', async () => {
  const sms = smsOf(messagesBefore5, {
    msg_group: [
      { ROWID: 1, type: 0 },
      { ROWID: 2, type: 0 },
      { ROWID: 3, type: 1 },
    ],
    group_member: [
      { group_id: 1, address: ann },
      { group_id: 2, address: ben },
      { group_id: 3, address: ann },
      { group_id: 3, address: ben },
    ],
    message: [
      { address: ann, date: at(0), text: 'hello', flags: 2, group_id: 1 },
      { address: '(212) 555-1234', date: at(1), text: 'hi', flags: 3, group_id: 1 },
      { address: ben, date: at(2), text: 'not sent', flags: 33, group_id: 2 },
      { address: ben, date: at(3), text: 'to both', flags: 2, group_id: 3 },
      { address: null, date: at(4), text: 'alone', flags: 2 },
    ],
  });
  const { chats, report, sink } = await exported([people, sms]);
  expect(chats).toEqual({
    Ann: ['2011-01-02T10:00 Ann SMS: hello', '2011-01-02T10:01 me SMS: hi'],
    Ben: ['2011-01-02T10:02 me SMS: not sent'],
    'Ann, Ben': ['2011-01-02T10:03 Ben SMS: to both'],
    'Messages without a conversation': ['2011-01-02T10:04 unknown SMS: alone'],
  });
  expect(sink.text('messages.json')).toMatch(/"text":"not sent".*"failed":true/);
  expect(report).toMatchObject({ read: 5, exported: 5, skipped: [], gaps: [] });
  const asked = await exported([people, sms], 'Ben');
  expect(Object.keys(asked.chats)).toEqual(['Ben', 'Ann, Ben']);
  expect(asked.report).toMatchObject({
    read: 5,
    exported: 2,
    skipped: [{ reason: 'in a conversation that was not asked for', count: 3 }],
  });
});

it('iMessages of iOS 5 count from another year than text messages beside them', async () => {
  const seconds = cocoa('2012-03-04T05:06:00Z');
  const own = { is_madrid: 1, flags: 0, date: seconds };
  const sms = smsOf(messagesSince5, {
    group_member: [{ group_id: 1, address: ann }],
    madrid_chat: [{ style: 43, room_name: 'chat1', participants: writeBinaryPlist([ann, ben, 'eve@example.com']) }],
    message: [
      { address: ann, date: at(0), text: 'by SMS', flags: 2, group_id: 1, is_madrid: 0 },
      { ...own, madrid_handle: ann, madrid_flags: 12_289, madrid_service: 'iMessage', text: 'by iMessage' },
      { ...own, madrid_handle: ann, madrid_flags: 36_869, madrid_service: 'iMessage', text: 'answer' },
      {
        ...own,
        madrid_handle: ben,
        madrid_flags: 12_289,
        madrid_service: 'iMessage',
        madrid_type: 1,
        madrid_roomname: 'chat1',
        text: 'all',
      },
    ],
  });
  const { chats, report } = await exported([people, sms]);
  expect(chats).toEqual({
    Ann: [
      '2011-01-02T10:00 Ann SMS: by SMS',
      '2012-03-04T05:06 Ann iMessage: by iMessage',
      '2012-03-04T05:06 me iMessage: answer',
    ],
    'Ann, Ben, eve@example.com': ['2012-03-04T05:06 Ben iMessage: all'],
  });
  expect(report).toMatchObject({ read: 4, exported: 4, gaps: [] });
});

it('pictures and words of MMS and pictures of iMessage are found, and what is not is counted', async () => {
  const sms = smsOf(messagesSince5, {
    message: [
      { ROWID: 7, address: ann, date: at(0), text: null, flags: 2 },
      {
        ROWID: 8,
        is_madrid: 1,
        madrid_handle: ann,
        madrid_flags: 12_289,
        date: cocoa('2012-03-04T05:06:00Z'),
        text: '\ufffc',
      },
    ],
    msg_pieces: [
      { message_id: 7, part_id: 0, content_type: 'application/smil', data: Buffer.from('<smil/>') },
      { message_id: 7, part_id: 1, content_type: 'text/plain', data: Buffer.from('look') },
      { message_id: 7, part_id: 2, content_type: 'image/jpeg', content_loc: 'IMG_1.jpg' },
      { message_id: 7, part_id: 3, content_type: 'image/jpeg', content_loc: 'IMG_2.jpg' },
    ],
    madrid_attachment: [
      { message_id: 8, filename: '~/Library/SMS/Attachments/ab/01/G/IMG_3.png', mime_type: 'image/png' },
      { message_id: 0, filename: '~/Library/SMS/Attachments/ab/01/G/IMG_4.png', mime_type: 'image/png' },
    ],
  });
  const file = (path: string): PhoneEntry => ({ domain: 'MediaDomain', path, bytes: pixel });
  const files = ['Parts/a5/14/7-2.jpg', 'Parts/a5/14/7-2-preview.jpg', 'Attachments/ab/01/G/IMG_3.png'];
  const { chats, sink, report } = await exported([people, sms, ...files.map((path) => file(`Library/SMS/${path}`))]);
  expect(chats).toEqual({ Ann: ['2011-01-02T10:00 Ann MMS: look', '2012-03-04T05:06 Ann iMessage: '] });
  expect(sink.paths.filter((path) => path.startsWith('attachments/'))).toEqual([
    'attachments/Ann/IMG_1.jpg',
    'attachments/Ann/IMG_3.png',
  ]);
  expect(report.files).toEqual({ written: 2, missing: [{ reason: 'not in this backup', count: 1 }] });
  expect(report.gaps).toEqual([
    'attachments: 1 file of iMessage belongs to no message that is known; it is in MediaDomain Library/SMS/Attachments',
  ]);
});

it('marks of an old message that are not known are named', async () => {
  const sms = smsOf(messagesBefore5, { message: [{ address: ann, date: at(0), text: 'x', flags: 129 }] });
  expect((await exported([people, sms])).report.gaps).toEqual([
    'marks: 1 message has flags 129, of which we know only who sent it',
  ]);
});
