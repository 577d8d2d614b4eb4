import { expect, it } from 'vitest';
import { messagesSchema } from '../fixtures/phone/messages.ts';
import { buildBackup, database } from '../fixtures/backup-builder.ts';
import { exportBackup, openBackup } from '../../src/index.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { signal } from '../fixtures/signal.ts';

const conversation = async (count: number): Promise<string> => {
  const bytes = database(messagesSchema, {
    handle: [{ ROWID: 1, id: 'ben@example.com', service: 'iMessage' }],
    chat: [{ ROWID: 1, guid: 'c', style: 45, chat_identifier: 'ben@example.com', service_name: 'iMessage' }],
    chat_handle_join: [{ chat_id: 1, handle_id: 1 }],
    message: Array.from({ length: count }, (_, i) => ({
      ROWID: i + 1,
      guid: `M${i}`,
      text: `number ${i}.`,
      handle_id: 1,
      date: BigInt(700_000_000 + i * 9000) * 1_000_000_000n,
    })),
    chat_message_join: Array.from({ length: count }, (_, i) => ({ chat_id: 1, message_id: i + 1 })),
  });
  const sink = new MemorySink();
  await using backup = await openBackup(
    buildBackup({ entries: [{ domain: 'HomeDomain', path: 'Library/SMS/sms.db', bytes }] }),
    { signal },
  );
  await exportBackup(backup, { kind: 'messages', format: 'html', timeZone: 'UTC' }, sink, { signal });
  return sink.text('ben@example.com.html');
};

it.each([1, 99, 100, 101, 350])(
  'a conversation of %i messages has each of them once, full sections apart',
  async (count) => {
    const page = await conversation(count);
    expect(Array.from(page.matchAll(/number (\d+)\./g), ([, number]) => Number(number))).toEqual(
      Array.from({ length: count }, (_, i) => i),
    );
    expect(page.match(/<section class="full">/g) ?? []).toHaveLength(Math.floor(count / 100));
    expect(page.match(/<section>/g) ?? []).toHaveLength(count % 100 === 0 ? 0 : 1);
    expect(page.match(/<\/section>/g)).toHaveLength(Math.ceil(count / 100));
  },
);
