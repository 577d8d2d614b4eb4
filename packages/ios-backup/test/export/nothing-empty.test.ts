import { expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import type { ExportReport } from '../../src/index.ts';
import { buildBackup, database } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { smsDatabase } from '../fixtures/phone/small-phones.ts';
import { whatsappSchema } from '../fixtures/phone/whatsapp.ts';
import { signal } from '../fixtures/signal.ts';

// A message that has something is never shown as one that has nothing.

const exported = async (entry: PhoneEntry, kind: 'messages' | 'whatsapp'): Promise<ExportReport & { text: string }> => {
  await using backup = await openBackup(buildBackup({ entries: [entry] }), { signal });
  const sink = new MemorySink();
  const report = await exportBackup(backup, { kind, format: 'txt' }, sink, { signal });
  return {
    ...report,
    text: sink.paths
      .filter((path) => path.endsWith('.txt'))
      .map((path) => sink.text(path))
      .join(''),
  };
};

const said = (ROWID: number, text: string) => ({ ROWID, guid: `M${ROWID}`, text, handle_id: 1, date: ROWID * 1000 });

const twoChats = {
  handle: [{ ROWID: 1, id: '+4930111111', service: 'SMS' }],
  chat: ['Hiking', 'Cooking'].map((display_name, i) => ({
    ROWID: i + 1,
    guid: `SMS;+;${i}`,
    style: 43,
    chat_identifier: `chat${i}`,
    display_name,
  })),
  chat_handle_join: [1, 2].map((chat_id) => ({ chat_id, handle_id: 1 })),
};

it('a message whose attachment has no row any more says so', async () => {
  const { text, gaps, files } = await exported(
    smsDatabase({
      ...twoChats,
      message: [said(1, '\ufffc'), said(2, '\ufffc'), said(3, 'words')],
      chat_message_join: [1, 2, 3].map((message_id) => ({ chat_id: 1, message_id })),
      message_attachment_join: [{ message_id: 1, attachment_id: 99 }],
    }),
    'messages',
  );
  expect(text.match(/attachment: attachment that the database does not describe/g)).toHaveLength(2);
  expect(gaps).toContain('attachments: some messages have one that the database does not describe');
  expect(files.missing).toEqual([{ reason: 'not in this backup', count: 2 }]);
});

it('a message without any content says so', async () => {
  const { text, gaps } = await exported(
    smsDatabase({
      ...twoChats,
      message: [said(1, ''), said(2, 'words')],
      chat_message_join: [1, 2].map((message_id) => ({ chat_id: 1, message_id })),
    }),
    'messages',
  );
  expect(text.match(/\[Message of which the database has no content\]/g)).toHaveLength(1);
  expect(gaps).toContain('messages: some have neither words nor anything else in the database, and are marked');
});

it('a sticker is shown with what it was put onto, as a message and as a reaction', async () => {
  const onto = { handle_id: 1, associated_message_guid: 'p:0/M1' };
  const sms = smsDatabase({
    ...twoChats,
    message: [
      said(1, 'words'),
      { ROWID: 2, guid: 'M2', date: 2000, associated_message_type: 1000, ...onto },
      { ROWID: 3, guid: 'M3', date: 3000, associated_message_type: 2007, text: 'Reacted with a sticker', ...onto },
    ],
    chat_message_join: [1, 2, 3].map((message_id) => ({ chat_id: 1, message_id })),
    attachment: [2, 3].map((n) => ({
      ROWID: n,
      guid: `A${n}`,
      filename: `~/Library/SMS/StickerCache/${n}.png`,
      transfer_name: `sticker ${n}.png`,
      is_sticker: 1,
    })),
    message_attachment_join: [2, 3].map((n) => ({ message_id: n, attachment_id: n })),
  });
  const entries = [
    sms,
    ...[2, 3].map((n) => ({
      domain: 'MediaDomain',
      path: `Library/SMS/StickerCache/${n}.png`,
      bytes: Buffer.from('x'),
    })),
  ];
  await using backup = await openBackup(buildBackup({ entries }), { signal });
  for (const format of ['txt', 'html', 'csv', 'json'] as const) {
    const sink = new MemorySink();
    const report = await exportBackup(backup, { kind: 'messages', format }, sink, { signal });
    expect(report).toMatchObject({ read: 3, exported: 3, files: { written: 2 } });
    const text = sink.text(format === 'txt' || format === 'html' ? `Hiking.${format}` : `messages.${format}`);
    expect(text).toMatch(/sticker(%20| )2\.png/);
    expect(text).toMatch(/sticker(%20| )3\.png/);
    // The words that the sticker was put onto, once as a message and once beside the sticker.
    expect(text.match(/\bwords\b/g)?.length).toBeGreaterThan(1);
  }
});

it('a message of two conversations is named in the second', async () => {
  const {
    gaps,
    read,
    exported: count,
  } = await exported(
    smsDatabase({
      ...twoChats,
      message: [said(1, 'to both')],
      chat_message_join: [1, 2].map((chat_id) => ({ chat_id, message_id: 1 })),
    }),
    'messages',
  );
  expect([read, count]).toEqual([1, 1]);
  expect(gaps).toContain('messages: 1 in “Cooking” belong to another conversation too, and are shown there alone');
});

it('a message of WhatsApp of an unknown kind, and the numbers of a contact that was sent, are named', async () => {
  const kinds = [20, 46, 66, 4];
  const card = 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Dora\r\nitem1.TEL;waid=4930222:+49 30 222\r\nEND:VCARD';
  const bytes = database(whatsappSchema, {
    ZWACHATSESSION: [{ Z_PK: 1, ZCONTACTJID: '4930111111@s.whatsapp.net', ZPARTNERNAME: 'Carla' }],
    ZWAMESSAGE: kinds.map((ZMESSAGETYPE, i) => ({ Z_PK: i + 1, ZCHATSESSION: 1, ZMESSAGETYPE, ZMESSAGEDATE: i + 1 })),
    ZWAMEDIAITEM: [{ Z_PK: 1, ZMESSAGE: 4, ZVCARDNAME: 'Dora', ZVCARDSTRING: card }],
  });
  const domain = 'AppDomainGroup-group.net.whatsapp.WhatsApp.shared';
  const { text, gaps } = await exported({ domain, path: 'ChatStorage.sqlite', bytes }, 'whatsapp');
  for (const kind of [20, 46, 66]) {
    expect(text).toContain(`[Message of kind ${kind}, which is not decoded]`);
    expect(gaps).toContain(`messages of WhatsApp's kind ${kind} without words are named and not decoded`);
  }
  expect(text).toContain('[Contact] Dora, +49 30 222');
});

it('a conversation without any message is named, of Messages and of WhatsApp', async () => {
  const { exported: count, gaps } = await exported(
    smsDatabase({
      ...twoChats,
      message: [said(1, 'words')],
      chat_message_join: [{ chat_id: 1, message_id: 1 }],
    }),
    'messages',
  );
  expect(count).toBe(1);
  expect(gaps).toContain('messages: 1 conversation has no message: “Cooking”');
  const bytes = database(whatsappSchema, {
    ZWACHATSESSION: ['Carla', 'Dora', 'Emil'].map((ZPARTNERNAME, i) => ({
      Z_PK: i + 1,
      ZCONTACTJID: `493011111${i}@s.whatsapp.net`,
      ZPARTNERNAME,
    })),
    ZWAMESSAGE: [{ Z_PK: 1, ZCHATSESSION: 1, ZMESSAGETYPE: 0, ZMESSAGEDATE: 1, ZTEXT: 'words' }],
  });
  const domain = 'AppDomainGroup-group.net.whatsapp.WhatsApp.shared';
  const whatsapp = await exported({ domain, path: 'ChatStorage.sqlite', bytes }, 'whatsapp');
  expect(whatsapp.gaps).toContain('WhatsApp: 2 conversations have no message: “Dora”, “Emil”');
});
