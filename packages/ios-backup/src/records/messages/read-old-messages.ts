import { throwIfAborted } from '@triplicate/core';
import type { IosBackup } from '../../backup/ios-backup.ts';
import { dateFromMessages, toCocoa } from '../../decode/apple-time.ts';
import { real, text } from '../../sqlite/row.ts';
import type { Schema } from '../../sqlite/schema.ts';
import { matchesPerson } from '../people.ts';
import type { People } from '../people.ts';
import { outsidePeriod } from '../record-options.ts';
import type { RecordOptions } from '../record-options.ts';
import { bodyOfRow } from './message-body.ts';
import type { Chat, ChatMessage, ConversationRecord } from './message.ts';
import { orphanage } from './message.ts';
import { OldChats } from './old-chats.ts';
import { OldMessageRows } from './old-message-rows.ts';
import type { OldMessage } from './old-message-rows.ts';
import { OldParts } from './old-parts.ts';

/** SMS, MMS and iMessage as iOS 4 and 5 kept them, one conversation after the other. */
export async function* readOldMessages(
  backup: IosBackup,
  { schema, people }: { readonly schema: Schema; readonly people: People },
  options: RecordOptions,
): AsyncGenerator<ConversationRecord> {
  const { tally, filter, signal } = options;
  const rows = new OldMessageRows(schema);
  for (const { flags, count } of rows.unknownFlags())
    tally.gap(
      `marks: ${count} ${count === 1 ? 'message has' : 'messages have'} flags ${flags}, of which we know only who sent it`,
    );
  for (const { handle } of rows.all()) people.meet(handle);
  const store = new OldChats(schema, people, tally.gap);
  const parts = new OldParts(backup, schema, tally.gap);
  const { chats, nobody } = store.of(rows.all());
  for (const { chat, messages } of [...chats, { chat: orphanage, messages: nobody }]) {
    const asked = filter?.with;
    if (asked !== undefined && !isWith(chat, asked)) {
      tally.skip('in a conversation that was not asked for', messages.length);
      continue;
    }
    let begun = false;
    for (const id of messages) {
      throwIfAborted(signal);
      const message = rows.one(id);
      if (message === undefined) continue;
      const why = outsidePeriod(message.at, filter);
      if (why === undefined) tally.exported();
      else tally.skip(why);
      if (why !== undefined) continue;
      if (!begun) yield { type: 'chat', chat };
      begun = true;
      yield { type: 'message', message: await build(message, { chat, store, parts }, options) };
    }
  }
}

const isWith = (chat: Chat, asked: string): boolean =>
  chat.id !== orphanage.id &&
  (matchesPerson(asked, undefined, chat.name) ||
    chat.participants.some(({ handle, name }) => matchesPerson(asked, handle, name)));

interface Context {
  readonly chat: Chat;
  readonly store: OldChats;
  readonly parts: OldParts;
}

const build = async (
  message: OldMessage,
  { chat, store, parts }: Context,
  { tally, signal }: RecordOptions,
): Promise<ChatMessage> => {
  const { row } = message;
  const { isMms, texts, attachments } = await parts.of(message.id, { signal });
  const body = bodyOfRow({ ...row, date: toCocoa(message.at) }, tally);
  const words = [body.text ?? [], texts].flat();
  return {
    id: text(row['guid']) ?? `sms-${message.id}`,
    chat: chat.id,
    at: message.at,
    from: store.writer(message),
    service: text(row['service']) ?? (message.isIMessage ? 'iMessage' : isMms ? 'MMS' : 'SMS'),
    subject: text(row['subject']),
    text: words.length === 0 ? undefined : words.join('\n'),
    undecoded: body.undecoded,
    event: undefined,
    app: undefined,
    effect: undefined,
    attachments,
    reactions: [],
    replyTo: undefined,
    edits: [],
    unsentAt: undefined,
    unsent: false,
    delivered: dateFromMessages(real(row['delivered'])),
    read: dateFromMessages(real(row['read'])),
    location: undefined,
    starred: false,
    recentlyDeleted: false,
    failed: message.failed,
  };
};
