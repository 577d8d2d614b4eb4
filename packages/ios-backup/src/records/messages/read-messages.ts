import { throwIfAborted } from '@triplicate/core';
import type { IosBackup } from '../../backup/ios-backup.ts';
import { dateFromMessages } from '../../decode/apple-time.ts';
import { flag, int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { Schema } from '../../sqlite/schema.ts';
import type { Attachment } from '../attachment.ts';
import { tellEmptyChats } from '../empty-chats.ts';
import { knownPeople } from '../known-people.ts';
import { inPeriod, outsidePeriod } from '../record-options.ts';
import type { RecordOptions } from '../record-options.ts';
import type { Tally } from '../tally.ts';
import { appName, effectName, eventWords, tapback, targetGuid } from './effects.ts';
import type { Tapback } from './effects.ts';
import { attachmentsQuestion, lostAttachment, messageAttachments } from './message-attachments.ts';
import { bodyOfRow, previewOf } from './message-body.ts';
import { editsOf } from './message-edits.ts';
import type { Chat, ChatMessage, ConversationRecord, Reaction } from './message.ts';
import { orphanage, personName } from './message.ts';
import { MessageStore } from './message-store.ts';
import { isOldLayout } from './old-message-rows.ts';
import { readOldMessages } from './read-old-messages.ts';
import { readReactions } from './reactions.ts';
import type { ReactionRow, Reactions } from './reactions.ts';

const place = { domain: 'HomeDomain', path: 'Library/SMS/sms.db' } as const;

/** iMessage, SMS, MMS and RCS, one conversation after the other. A missing database is a gap; an unknown layout is UNSUPPORTED. */
export async function* readMessages(backup: IosBackup, options: RecordOptions): AsyncGenerator<ConversationRecord> {
  const { tally, filter } = options;
  await using db = await backup.database(place, options);
  if (db === undefined) return tally.gap('messages: the backup has no sms.db');
  tally.source(db.label);
  const schema = new Schema(db, tally.gap);
  const people = await knownPeople(backup, options);
  if (isOldLayout(schema)) return yield* readOldMessages(backup, { schema, people }, options);
  const store = new MessageStore(schema, people, tally);
  if (store.total === 0) tally.gap('messages: there are none; with "Messages in iCloud" a backup has no history');
  const reader = new ConversationReader(backup, store, options);
  for (const chat of store.chats()) {
    if (!store.wanted(chat, filter)) continue;
    const reactions = readReactions(store, chat.rows, (id) => store.isIn(id, chat.rows) && !reader.hasShown(id));
    yield* reader.conversation(chat, store.messages(chat.rows), reactions);
  }
  tellEmptyChats('messages', reader.empty, tally);
  if (filter?.with === undefined) yield* reader.conversation(orphanage, store.orphans(), new Map());
  tally.skip('in a conversation that was not asked for', store.total - reader.rows);
}

class ConversationReader {
  readonly #backup: IosBackup;
  readonly #store: MessageStore;
  readonly #options: RecordOptions;
  readonly #attachmentsOf: string | undefined;
  readonly #seenTwice = new Set<number>();
  /** How many rows were dealt with. */
  rows = 0;
  /** Names of conversations in which there is nothing. */
  readonly empty: string[] = [];

  constructor(backup: IosBackup, store: MessageStore, options: RecordOptions) {
    this.#backup = backup;
    this.#store = store;
    this.#options = options;
    this.#attachmentsOf = attachmentsQuestion(store.schema);
  }

  async *conversation(chat: Chat, rows: Iterable<Row>, reactions: Reactions): AsyncGenerator<ConversationRecord> {
    const { tally, filter, signal } = this.#options;
    let begun = false;
    let isEmpty = true;
    let elsewhere = 0;
    for (const row of rows) {
      throwIfAborted(signal);
      isEmpty = false;
      if (this.#wasSeen(int(row['id']) ?? -1)) {
        elsewhere++;
        continue;
      }
      this.rows++;
      // A reaction is a row of its own; it is shown at the message that it belongs to, if that is shown.
      const received = reactions.get(targetGuid(text(row['tapbackTarget']) ?? ''));
      const merged = received?.rows.includes(int(row['id']) ?? -1) === true && inPeriod(received.target, filter);
      const why = merged ? undefined : outsidePeriod(dateFromMessages(real(row['date'])), filter);
      if (why === undefined) tally.exported();
      else tally.skip(why);
      if (merged || why !== undefined) continue;
      if (!begun) yield { type: 'chat', chat: plain(chat) };
      begun = true;
      yield { type: 'message', message: await this.#message(chat, row, reactions) };
    }
    if (isEmpty) this.empty.push(chat.name);
    if (elsewhere > 0)
      tally.gap(
        `messages: ${elsewhere} in “${chat.name}” belong to another conversation too, and are shown there alone`,
      );
  }

  /** Whether a message of several conversations was shown in an earlier one. */
  hasShown(id: number): boolean {
    return this.#seenTwice.has(id);
  }

  #wasSeen(id: number): boolean {
    if (!this.#store.isInSeveralChats(id)) return false;
    if (this.#seenTwice.has(id)) return true;
    this.#seenTwice.add(id);
    return false;
  }

  async #message(chat: Chat, row: Row, reactions: Reactions): Promise<ChatMessage> {
    const { tally } = this.#options;
    const id = int(row['id']) ?? -1;
    const guid = text(row['guid']) ?? String(id);
    const { holdsPlace, ...body } = bodyOfRow(row, tally);
    const named = appOf(row, tally);
    const attachments = await this.#attachments(id, holdsPlace && named === undefined);
    const { edits, unsent } = editsOf(row, tally);
    const unsentAt = dateFromMessages(real(row['retracted']));
    const event = this.#event(row);
    const subject = text(row['subject']);
    const things = [body.text, event, subject, named, unsentAt, ...attachments, ...edits];
    const isNothing = !body.undecoded && !unsent && things.every((thing) => thing === undefined);
    if (isNothing) tally.gap('messages: some have neither words nor anything else in the database, and are marked');
    return {
      id: guid,
      chat: chat.id,
      at: dateFromMessages(real(row['date'])),
      from: this.#store.person(row),
      service: text(row['service']),
      subject,
      ...body,
      event,
      ...(reactionOf(row) === undefined ? {} : { strayReaction: true as const }),
      app: isNothing ? { name: 'Message of which the database has no content' } : named,
      effect: effectName(text(row['effect'])),
      attachments,
      reactions: await Promise.all((reactions.get(guid)?.list() ?? []).map((one) => this.#reaction(one))),
      replyTo: this.#reply(text(row['thread']) ?? stickerTarget(row)),
      edits,
      unsentAt,
      unsent: unsent || unsentAt !== undefined,
      delivered: dateFromMessages(real(row['delivered'])),
      read: dateFromMessages(real(row['read'])),
      location: undefined,
      starred: false,
      recentlyDeleted: this.#store.isRecentlyDeleted(id),
      failed: flag(row['error']),
    };
  }

  async #reaction({ row, ...reaction }: ReactionRow): Promise<Reaction> {
    const [sticker] = reaction.what === 'sticker' ? await this.#attachments(row, false) : [];
    return { ...reaction, ...(sticker === undefined ? {} : { sticker }) };
  }

  /** `isHeld`: the words have a place for one. */
  async #attachments(message: number, isHeld: boolean): Promise<Attachment[]> {
    const { signal, tally } = this.#options;
    const rows = this.#attachmentsOf === undefined ? [] : this.#store.schema.lookup(this.#attachmentsOf, message);
    const found = await messageAttachments(this.#backup, rows, { signal });
    const all = found.length === 0 && isHeld ? [lostAttachment] : found;
    if (all.includes(lostAttachment))
      tally.gap('attachments: some messages have one that the database does not describe');
    return all;
  }

  #event(row: Row): string | undefined {
    const reaction = reactionOf(row);
    if (reaction !== undefined)
      return `${reaction.removed ? 'took back' : 'reacted with'} ${reaction.what} (to a message that is not shown here)`;
    const other = personName(this.#store.byHandle(int(row['otherHandle'])));
    return eventWords(int(row['item']) ?? 0, int(row['action']) ?? 0, { other, title: text(row['groupTitle']) });
  }

  #reply(guid: string | undefined): ChatMessage['replyTo'] {
    if (guid === undefined) return undefined;
    const original = this.#store.byGuid(guid);
    return { id: guid, text: original === undefined ? undefined : bodyOfRow(original).text };
  }
}

/** A sticker that was put onto a message is a message of its own. */
const stickerTarget = (row: Row): string | undefined =>
  int(row['tapbackType']) === 1000 ? targetGuid(text(row['tapbackTarget']) ?? '') : undefined;

const reactionOf = (row: Row): Tapback | undefined => tapback(int(row['tapbackType']) ?? 0, text(row['tapbackEmoji']));

const appOf = (row: Row, tally: Tally): ChatMessage['app'] => {
  const bundle = text(row['balloon']);
  return bundle === undefined ? undefined : { name: appName(bundle), ...previewOf(row, tally) };
};

/** Without what only the store needs. */
const plain = ({ id, name, kind, services, participants }: Chat): Chat => ({ id, name, kind, services, participants });
