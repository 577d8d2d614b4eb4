import { expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { addressBook, messagesFrom, smsDatabase } from '../fixtures/phone/small-phones.ts';
import { whatsapp } from '../fixtures/phone/whatsapp.ts';
import { signal } from '../fixtures/signal.ts';

interface Document {
  readonly records: readonly {
    readonly type: string;
    readonly chat?: { readonly name: string };
    readonly message?: { readonly text: string };
  }[];
}

/** Conversations with the texts in them. */
const conversations = async (entries: readonly PhoneEntry[], person?: string): Promise<Record<string, string[]>> => {
  await using backup = await openBackup(buildBackup({ entries }), { signal });
  const sink = new MemorySink();
  await exportBackup(backup, { kind: 'messages', format: 'json', with: person }, sink, { signal });
  const found: Record<string, string[]> = {};
  let texts: string[] = [];
  for (const { chat, message } of (JSON.parse(sink.text('messages.json')) as Document).records) {
    if (chat !== undefined) texts = found[chat.name] = [];
    else texts.push(message?.text ?? '');
  }
  return found;
};

const [ann, ben] = ['+12125551234', '+13125551234'] as const;

it('two numbers of two area codes are two people, however alike they end', async () => {
  const entries = [
    addressBook([
      ['Ann', '+1 (212) 555-1234'],
      ['Ben', '+1 (312) 555-1234'],
    ]),
    messagesFrom([ann, ben]),
  ];
  expect(await conversations(entries)).toEqual({ Ann: [`from ${ann}`], Ben: [`from ${ben}`] });
  expect(await conversations(entries, 'Ben')).toEqual({ Ben: [`from ${ben}`] });
  expect(await conversations(entries, ben)).toEqual({ Ben: [`from ${ben}`] });
});

it.each([
  ['+4915112345678', '0151 123 456-78'],
  ['+12125551234', '(212) 555-1234'],
  ['+12125551234', '1 212 555 1234'],
  ['+79121234567', '8 (912) 123-45-67'],
  ['+442071234567', '00 44 20 7123 4567'],
  ['+442071234567', '011 44 20 7123 4567,,12'],
  ['+390612345678', '06 1234 5678'],
  ['+4915112345678', '\u202A+49 151\u00A012345678\u202C'],
])('%s is known by a contact that is written as %s', async (handle, written) => {
  const entries = [addressBook([['Ann', written]]), messagesFrom([handle])];
  expect(await conversations(entries)).toEqual({ Ann: [`from ${handle}`] });
  expect(await conversations(entries, written)).toEqual({ Ann: [`from ${handle}`] });
});

it('conversations with one number in two spellings are one', async () => {
  const entries = [addressBook([]), messagesFrom(['+4915112345678', '015112345678', '+49 151 12345678'])];
  expect(Object.values(await conversations(entries))).toHaveLength(1);
});

it('a number without its country code stands for none of two that it could be', async () => {
  const entries = [addressBook([['Ann', '0664 1234567']]), messagesFrom(['+436641234567', '+496641234567'])];
  expect(Object.keys(await conversations(entries))).toEqual(['+436641234567', '+496641234567']);
});

it('a sender with letters is not the short number that its digits are, nor is that the end of a number', async () => {
  const entries = [addressBook([['Cinema', '12345']]), messagesFrom(['bank12345', '12345', '+4912345'])];
  const expected = { bank12345: ['from bank12345'], Cinema: ['from 12345'], '+4912345': ['from +4912345'] };
  expect(await conversations(entries)).toEqual(expected);
  expect(Object.keys(await conversations(entries, '12345'))).toEqual(['Cinema']);
});

it.each(['NFC', 'NFD'])('a name with an accent is found by the other spelling of Unicode than %s', async (form) => {
  const entries = [addressBook([['José Ångström'.normalize(form), ann]]), messagesFrom([ann])];
  const other = form === 'NFC' ? 'NFD' : 'NFC';
  expect(Object.values(await conversations(entries, 'JOSÉ ång'.normalize(other)))).toEqual([[`from ${ann}`]]);
});

it('a person who wrote in a group and is no longer in it is found', async () => {
  const eve = 'eve@example.com';
  const entries = [
    smsDatabase({
      handle: [ann, eve].map((id, i) => ({ ROWID: i + 1, id, service: 'iMessage' })),
      chat: [
        { ROWID: 1, guid: 'g', style: 43, chat_identifier: 'chat1', service_name: 'iMessage', display_name: 'Club' },
      ],
      chat_handle_join: [{ chat_id: 1, handle_id: 1 }],
      message: [{ ROWID: 1, guid: 'M1', text: 'bye', handle_id: 2, service: 'iMessage', date: 1000 }],
      chat_message_join: [{ chat_id: 1, message_id: 1 }],
    }),
  ];
  expect(await conversations(entries, eve)).toEqual({ Club: ['bye'] });
  expect(await conversations(entries, 'nobody@example.com')).toEqual({});
});

it('a person without a name is found by part of the address, and one with a name by that', async () => {
  const [eve, joanna] = ['eve@example.com', 'joanna@example.com'] as const;
  const entries = [addressBook([['Carl', joanna]]), messagesFrom([eve, joanna])];
  expect(await conversations(entries, 'EVE')).toEqual({ [eve]: [`from ${eve}`] });
  expect(await conversations(entries, 'anna')).toEqual({});
  const group = smsDatabase({
    handle: [ann, eve].map((id, i) => ({ ROWID: i + 1, id, service: 'iMessage' })),
    chat: [{ ROWID: 1, guid: 'g', style: 43, chat_identifier: 'c', service_name: 'iMessage', display_name: 'Club' }],
    chat_handle_join: [1, 2].map((handle_id) => ({ chat_id: 1, handle_id })),
    message: [{ ROWID: 1, guid: 'M1', text: 'hi', handle_id: 1, service: 'iMessage', date: 1000 }],
    chat_message_join: [{ chat_id: 1, message_id: 1 }],
  });
  expect(await conversations([group], 'eve')).toEqual({ Club: ['hi'] });
});

it('a person who wrote in a group of WhatsApp and is no member of it any more is found by the name that is shown', async () => {
  await using backup = await openBackup(buildBackup({ entries: whatsapp }), { signal });
  const sink = new MemorySink();
  await exportBackup(backup, { kind: 'whatsapp', format: 'txt', with: 'Chloé' }, sink, { signal });
  expect(sink.text('Class of ’99.txt')).toContain('Chloé: from somebody new');
  expect(sink.paths).not.toContain('Carla.txt');
});
