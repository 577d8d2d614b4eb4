import { throwIfAborted } from '@triplicate/core';
import type { IosBackup } from '../../backup/ios-backup.ts';
import { dateFromCocoa } from '../../decode/apple-time.ts';
import { flag, int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { Schema } from '../../sqlite/schema.ts';
import { tellEmptyChats } from '../empty-chats.ts';
import type { ChatMessage, ConversationRecord, Person } from '../messages/message.ts';
import { me } from '../messages/message.ts';
import { matchesPerson } from '../people.ts';
import { outsidePeriod } from '../record-options.ts';
import type { RecordOptions } from '../record-options.ts';
import { pushName } from './whatsapp-details.ts';
import { mediaOf } from './whatsapp-media.ts';
import { WhatsAppStore, isGroup, kindOfMessage } from './whatsapp-store.ts';
import type { WhatsAppChat } from './whatsapp-store.ts';

/** The two apps keep the same database in different groups. */
const apps = [
  { domain: 'AppDomainGroup-group.net.whatsapp.WhatsApp.shared', app: '' },
  { domain: 'AppDomainGroup-group.net.whatsapp.WhatsAppSMB.shared', app: 'Business ' },
] as const;

/** WhatsApp and WhatsApp Business, as the same records as Messages. Neither being there is a gap. */
export async function* readWhatsApp(backup: IosBackup, options: RecordOptions): AsyncGenerator<ConversationRecord> {
  let found = 0;
  for (const { domain, app } of apps) {
    await using db = await backup.database({ domain, path: 'ChatStorage.sqlite' }, options);
    if (db === undefined) continue;
    found++;
    options.tally.source(db.label);
    const store = new WhatsAppStore(new Schema(db, options.tally.gap), options.tally, app);
    await addNames(backup, store, domain, options);
    yield* conversations(backup, store, domain, options);
  }
  if (found === 0) options.tally.gap('WhatsApp: the backup has no ChatStorage.sqlite');
}

/** Names from the phone's address book as WhatsApp keeps them. */
const addNames = async (
  backup: IosBackup,
  store: WhatsAppStore,
  domain: string,
  options: RecordOptions,
): Promise<void> => {
  await using db = await backup.database({ domain, path: 'ContactsV2.sqlite' }, options);
  if (db === undefined) return options.tally.gap('names of contacts: the backup has no ContactsV2.sqlite');
  const schema = new Schema(db, options.tally.gap);
  const picked = schema.pick('ZWAADDRESSBOOKCONTACT', { jid: ['ZWHATSAPPID'], name: ['ZFULLNAME'] });
  if (picked.missing.length > 0) return options.tally.missing('ZWAADDRESSBOOKCONTACT', picked.missing);
  for (const row of schema.rows(`SELECT ${picked.list} FROM ZWAADDRESSBOOKCONTACT`))
    store.addName(text(row['jid']), text(row['name']));
};

async function* conversations(
  backup: IosBackup,
  store: WhatsAppStore,
  domain: string,
  options: RecordOptions,
): AsyncGenerator<ConversationRecord> {
  const { tally, filter } = options;
  let seen = 0;
  const empty: string[] = [];
  for (const chat of [...store.chats(), ...(filter?.with === undefined ? [orphanage] : [])]) {
    const asked = filter?.with;
    const isAsked = (p: Person): boolean => asked === undefined || matchesPerson(asked, p.handle, p.name);
    if (![...chat.participants, chatPerson(chat)].some(isAsked) && !store.writers(chat).some(isAsked)) continue;
    const rows = chat === orphanage ? store.orphans() : store.messages(chat.row);
    const before = seen;
    for await (const record of conversation(backup, store, { chat, rows, domain }, options)) {
      if (record !== 'row') yield record;
      else seen++;
    }
    if (seen === before && chat !== orphanage) empty.push(chat.name);
  }
  tellEmptyChats('WhatsApp', empty, tally);
  tally.skip('in a conversation that was not asked for', store.total - seen);
}

/** Messages whose conversation is gone. */
const orphanage: WhatsAppChat = {
  id: 'none',
  row: -1,
  jid: '',
  name: 'Messages without a conversation',
  kind: 'direct',
  services: ['WhatsApp'],
  participants: [],
};

interface Rows {
  readonly chat: WhatsAppChat;
  readonly rows: Iterable<Row>;
  readonly domain: string;
}

/** The records of one conversation, and `row` for each row that was dealt with. */
async function* conversation(
  backup: IosBackup,
  store: WhatsAppStore,
  { chat, rows, domain }: Rows,
  { tally, filter, signal, ...rest }: RecordOptions,
): AsyncGenerator<ConversationRecord | 'row'> {
  let begun = false;
  for (const row of rows) {
    throwIfAborted(signal);
    yield 'row';
    const why = outsidePeriod(dateFromCocoa(real(row['date'])), filter);
    if (why === undefined) tally.exported();
    else tally.skip(why);
    if (why !== undefined) continue;
    const { id, name, kind, services, participants } = chat;
    if (!begun) yield { type: 'chat', chat: { id, name, kind, services, participants } };
    begun = true;
    yield {
      type: 'message',
      message: await message(backup, store, { chat, row, domain }, { tally, filter, signal, ...rest }),
    };
  }
}

const chatPerson = (chat: WhatsAppChat): Person => ({ me: false, handle: chat.jid, name: chat.name });

interface Context {
  readonly chat: WhatsAppChat;
  readonly row: Row;
  readonly domain: string;
}

const message = async (
  backup: IosBackup,
  store: WhatsAppStore,
  { chat, row, domain }: Context,
  options: RecordOptions,
): Promise<ChatMessage> => {
  const kind = kindOfMessage(int(row['kind']) ?? 0);
  const media = await mediaOf(backup, row, domain, options);
  const reply = store.replyTo(row);
  const words = text(row['text']) ?? media.caption;
  const isEmpty = words === undefined && media.attachments.length === 0 && kind.event === undefined && !kind.deleted;
  const app = kind.app ?? (isEmpty ? undecodedKind(int(row['kind']) ?? 0, options) : undefined);
  return {
    id: text(row['stanza']) ?? String(int(row['id'])),
    chat: chat.id,
    at: dateFromCocoa(real(row['date'])),
    from: sender(store, chat, row),
    service: chat.services[0],
    subject: undefined,
    text: words,
    undecoded: false,
    event: kind.event,
    app: app === undefined ? undefined : { name: app, ...(media.title === undefined ? {} : { title: media.title }) },
    effect: undefined,
    attachments: media.attachments,
    reactions: store.reactionsTo(row, options.tally),
    replyTo: reply,
    edits: [],
    unsentAt: undefined,
    unsent: kind.deleted,
    delivered: undefined,
    read: undefined,
    location: media.location,
    starred: flag(row['starred']),
    recentlyDeleted: false,
    failed: false,
  };
};

/** What has no words, no file and no name here is told by its number: a poll, say. */
const undecodedKind = (kind: number, { tally }: RecordOptions): string => {
  tally.gap(`messages of WhatsApp's kind ${kind} without words are named and not decoded`);
  return `Message of kind ${kind}, which is not decoded`;
};

const sender = (store: WhatsAppStore, chat: WhatsAppChat, row: Row): Person => {
  if (flag(row['fromMe'])) return me;
  const from = text(row['fromJid']);
  const jid =
    text(row['memberJid']) ??
    (chat.kind === 'direct' && chat !== orphanage ? chat.jid : isGroup(from) ? undefined : from);
  const name = store.name(jid) ?? text(row['memberName']) ?? pushName(text(row['pushName']));
  if (jid === undefined) return { me: false, handle: undefined, name };
  return { me: false, handle: jid, name: name ?? (chat.kind === 'direct' ? chat.name : undefined) };
};
