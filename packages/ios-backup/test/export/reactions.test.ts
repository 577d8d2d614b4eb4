import { expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { addressBook, smsDatabase } from '../fixtures/phone/small-phones.ts';
import { signal } from '../fixtures/signal.ts';

const reaction = { text: 'Liked', associated_message_guid: 'p:0/M1', associated_message_type: 2001 };
const group = { style: 43, display_name: 'Trip' };

/** M1 with its reactions, each in one of the rows of `chat`; 0 is none. */
const exported = async (messageIn: readonly number[], ...reactionsIn: readonly (readonly number[])[]) => {
  const entries = [
    addressBook([
      ['Kim', '+12125551234'],
      ['Kim', '+13125551234'],
    ]),
    smsDatabase({
      handle: [
        { ROWID: 1, id: '+12125551234', service: 'SMS' },
        { ROWID: 2, id: '+13125551234', service: 'SMS' },
      ],
      chat: [
        { ROWID: 1, guid: 'a', chat_identifier: 'chat1', service_name: 'MMS', ...group },
        { ROWID: 2, guid: 'b', chat_identifier: 'chat1', service_name: 'iMessage', ...group },
      ],
      chat_handle_join: [1, 2].flatMap((chat_id) => [1, 2].map((handle_id) => ({ chat_id, handle_id }))),
      message: [
        { ROWID: 1, guid: 'M1', text: 'Who comes?', is_from_me: 1, date: 1000 },
        ...reactionsIn.map((_, i) => ({ ROWID: i + 2, guid: `T${i}`, handle_id: i + 1, date: 2000 + i, ...reaction })),
      ],
      chat_message_join: [messageIn, ...reactionsIn].flatMap((chats, i) =>
        chats.map((chat_id) => ({ chat_id, message_id: i + 1 })),
      ),
    }),
  ];
  await using backup = await openBackup(buildBackup({ entries }), { signal });
  const sink = new MemorySink();
  const report = await exportBackup(backup, { kind: 'messages', format: 'csv' }, sink, { signal });
  const shown = sink.text('messages.csv').match(/👍/gu) ?? [];
  return { exported: report.exported, shown: shown.length };
};

it('a reaction whose message is in another conversation is shown where it was given', async () => {
  expect(await exported([1], [2])).toEqual({ exported: 2, shown: 1 });
  expect(await exported([2], [1])).toEqual({ exported: 2, shown: 1 });
});

it('a reaction to a message without a conversation is shown', async () => {
  expect(await exported([], [1])).toEqual({ exported: 2, shown: 1 });
});

it('a reaction in the second conversation of a message that was shown in the first is shown', async () => {
  expect(await exported([1, 2], [2])).toEqual({ exported: 2, shown: 1 });
  expect(await exported([1, 2], [1, 2])).toEqual({ exported: 2, shown: 1 });
});

it('the same reaction of two people of one name is shown for both', async () => {
  expect(await exported([1], [1], [1])).toEqual({ exported: 3, shown: 2 });
});

it('a reaction in a conversation that was deleted lately is shown at its message, and not as one to a message that is not here', async () => {
  const claims = [1, 2].map((message_id) => ({ chat_id: 1, message_id, delete_date: 1 }));
  const entry = smsDatabase({
    handle: [{ ROWID: 1, id: '+12125551234', service: 'SMS' }],
    chat: [{ ROWID: 1, guid: 'a', style: 45, chat_identifier: '+12125551234', service_name: 'SMS' }],
    message: [
      { ROWID: 1, guid: 'M1', text: 'Who comes?', is_from_me: 1, date: 1000 },
      { ROWID: 2, guid: 'T1', handle_id: 1, date: 2000, ...reaction },
    ],
    chat_recoverable_message_join: claims,
  });
  await using backup = await openBackup(buildBackup({ entries: [entry] }), { signal });
  const sink = new MemorySink();
  await exportBackup(backup, { kind: 'messages', format: 'txt' }, sink, { signal });
  const text = sink.text('+12125551234.txt');
  expect(text).not.toContain('not shown here');
  expect(text).toContain('👍 +12125551234');
});
