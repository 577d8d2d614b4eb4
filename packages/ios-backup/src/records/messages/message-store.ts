import { int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import type { Picked, Schema } from '../../sqlite/schema.ts';
import type { People } from '../people.ts';
import type { RecordFilter } from '../record-options.ts';
import { matchesPerson } from '../people.ts';
import type { Tally } from '../tally.ts';
import type { Chat, Person } from './message.ts';
import { me } from './message.ts';

const messageColumns = {
  id: ['ROWID'],
  guid: ['guid'],
  text: ['text'],
  body: ['attributedBody'],
  subject: ['subject'],
  handle: ['handle_id'],
  otherHandle: ['other_handle'],
  service: ['service'],
  date: ['date'],
  read: ['date_read'],
  delivered: ['date_delivered'],
  fromMe: ['is_from_me'],
  item: ['item_type'],
  action: ['group_action_type'],
  groupTitle: ['group_title'],
  tapbackType: ['associated_message_type'],
  tapbackTarget: ['associated_message_guid'],
  tapbackEmoji: ['associated_message_emoji'],
  edited: ['date_edited'],
  retracted: ['date_retracted'],
  summary: ['message_summary_info'],
  thread: ['thread_originator_guid'],
  balloon: ['balloon_bundle_id'],
  payload: ['payload_data'],
  effect: ['expressive_send_style_id'],
  error: ['error'],
} as const;

/** Columns that came with a version of iOS and whose absence on an older one is nothing to speak of: the first with 18, the others together with 16. */
const recent: ReadonlySet<string> = new Set(['tapbackEmoji', 'edited', 'retracted']);

export interface StoredChat extends Chat {
  /** Rows of `chat`: Messages keeps one per service for the same person. */
  readonly rows: readonly number[];
}

/** `sms.db`, asked chat by chat. */
export class MessageStore {
  readonly schema: Schema;
  readonly #columns: Picked;
  readonly #people: People;
  readonly #handles = new Map<number, Person>();
  readonly #hasChats: boolean;
  readonly #hasDeleted: boolean;
  readonly #twice: ReadonlySet<number>;
  /** The key of their table begins with the conversation: to ask for one message is to read all of them. */
  readonly #deleted: ReadonlySet<number>;

  constructor(schema: Schema, people: People, tally: Tally) {
    this.schema = schema;
    schema.require('message', 'ROWID', 'date');
    this.#columns = schema.pick('message', messageColumns, 'm');
    const isOld = !this.#columns.has('edited') && !this.#columns.has('retracted');
    tally.missing(
      'message',
      this.#columns.missing.filter((alias) => !recent.has(alias) || (alias !== 'tapbackEmoji' && !isOld)),
    );
    this.#people = people;
    this.#readHandles();
    const deletedJoin = ['chat_recoverable_message_join', 'chat_id', 'message_id'] as const;
    this.#hasDeleted =
      (!isOld || schema.has(deletedJoin[0])) && schema.offers('what was deleted lately', ...deletedJoin);
    this.#hasChats =
      schema.offers('conversations', 'chat', 'ROWID') &&
      schema.offers('conversations', 'chat_message_join', 'chat_id', 'message_id');
    const twice = 'SELECT message_id AS id FROM chat_message_join GROUP BY message_id HAVING count(*) > 1';
    this.#twice = this.#hasChats ? idsOf(schema.rows(twice)) : new Set();
    const deleted = 'SELECT message_id AS id FROM chat_recoverable_message_join';
    this.#deleted = this.#hasDeleted ? idsOf(schema.rows(deleted)) : new Set();
  }

  /** How many rows of `message` there are. */
  get total(): number {
    return this.schema.count('message');
  }

  isInSeveralChats(message: number): boolean {
    return this.#twice.has(message);
  }

  person(row: Row): Person {
    return (int(row['fromMe']) ?? 0) !== 0 ? me : this.byHandle(int(row['handle']));
  }

  byHandle(handle: number | undefined): Person {
    return this.#handles.get(handle ?? 0) ?? { me: false, handle: undefined, name: undefined };
  }

  /** Tells people apart: by number or address, as two may have one name. */
  keyOf({ me: isMe, handle }: Person): string {
    return isMe ? 'me' : this.#people.key(handle ?? '');
  }

  chats(): StoredChat[] {
    if (!this.#hasChats) return [];
    const picked = this.schema.choose(
      'chat',
      {
        id: ['ROWID'],
        style: ['style'],
        identifier: ['chat_identifier'],
        service: ['service_name'],
        title: ['display_name'],
      },
      'c',
    );
    const merged = new Map<string, StoredChat>();
    for (const row of this.schema.rows(`SELECT ${picked.list} FROM chat c ORDER BY c.ROWID`)) {
      const chat = this.#chat(row);
      const key =
        chat.kind === 'direct' ? `direct ${this.#people.key(text(row['identifier']) ?? chat.id)}` : `group ${chat.id}`;
      const known = merged.get(key);
      merged.set(key, known === undefined ? chat : merge(known, chat));
    }
    return [...merged.values()];
  }

  /** Whether a conversation is one that was asked for. */
  wanted(chat: StoredChat, filter: RecordFilter | undefined): boolean {
    const asked = filter?.with;
    if (asked === undefined) return true;
    return (
      matchesPerson(asked, undefined, chat.name) ||
      [...chat.participants, ...this.#writers(chat.rows)].some((p) => matchesPerson(asked, p.handle, p.name))
    );
  }

  /** Everybody who wrote in some chats; some of them may have left. */
  #writers(chats: readonly number[]): Person[] {
    if (!this.#columns.has('handle')) return [];
    const sql = `SELECT DISTINCT handle_id AS handle FROM message WHERE ROWID IN (${this.messagesOf(chats)})`;
    return [...this.schema.rows(sql)].map((row) => this.byHandle(int(row['handle'])));
  }

  /** Messages of some chats in order of time, reactions among them. */
  messages(chats: readonly number[]): Generator<Row> {
    return this.#select(`m.ROWID IN (${this.messagesOf(chats)})`);
  }

  /** The question for the ids of all messages of some chats, what was deleted lately among them. */
  messagesOf(chats: readonly number[]): string {
    return this.#claims(chats).join(' UNION ');
  }

  /** Whether a message is one of those of some chats. */
  isIn(message: number, chats: readonly number[]): boolean {
    const claims = this.#claims(chats).map((sql) => `${sql} AND message_id = ?1`);
    return this.schema.lookup(`${claims.join(' UNION ')} LIMIT 1`, message).length > 0;
  }

  #claims(chats: readonly number[]): string[] {
    const joins = ['chat_message_join', ...(this.#hasDeleted ? ['chat_recoverable_message_join'] : [])];
    return joins.map((table) => `SELECT message_id FROM ${table} WHERE chat_id IN (${chats.map(Number).join(', ')})`);
  }

  /** Messages that no conversation claims, those of one that is gone among them. */
  orphans(): Generator<Row> {
    if (!this.#hasChats) return this.#select('1');
    const joins = ['chat_message_join', ...(this.#hasDeleted ? ['chat_recoverable_message_join'] : [])];
    const claimed = joins.map(
      (table) => `SELECT message_id FROM ${table} WHERE message_id IS NOT NULL AND chat_id IN (SELECT ROWID FROM chat)`,
    );
    return this.#select(`m.ROWID NOT IN (${claimed.join(' UNION ')})`);
  }

  isRecentlyDeleted(message: number): boolean {
    return this.#deleted.has(message);
  }

  byGuid(guid: string): Row | undefined {
    if (!this.#columns.has('guid')) return undefined;
    return this.schema.first(`SELECT ${this.#columns.list} FROM message m WHERE m.guid = ? LIMIT 1`, guid);
  }

  #select(condition: string): Generator<Row> {
    const ids = `SELECT m.ROWID AS id FROM message m WHERE ${condition} ORDER BY m.date, m.ROWID`;
    return this.schema.rowsByIds(ids, `SELECT ${this.#columns.list} FROM message m WHERE m.ROWID = ?`);
  }

  #readHandles(): void {
    if (!this.schema.offers('who wrote', 'handle', 'id')) return;
    const rows = [...this.schema.rows('SELECT ROWID AS id, id AS handle FROM handle')];
    for (const row of rows) this.#people.meet(text(row['handle']));
    for (const row of rows) {
      const handle = text(row['handle']);
      this.#handles.set(int(row['id']) ?? -1, { me: false, handle, name: this.#people.name(handle) });
    }
  }

  #chat(row: Row): StoredChat {
    const id = int(row['id']) ?? -1;
    const sql = 'SELECT handle_id AS handle FROM chat_handle_join WHERE chat_id = ? ORDER BY handle_id';
    const isJoined = this.schema.offers('who is in a conversation', 'chat_handle_join', 'chat_id', 'handle_id');
    const joined = isJoined ? this.schema.lookup(sql, id) : [];
    const participants = joined.map((other) => this.byHandle(int(other['handle'])));
    const identifier = text(row['identifier']);
    const names = participants.flatMap((p) => p.name ?? p.handle ?? []);
    const service = text(row['service']);
    return {
      id: String(id),
      rows: [id],
      name: text(row['title']) ?? (names.length > 0 ? names.join(', ') : (identifier ?? `Conversation ${id}`)),
      // 45 is one person, 43 a group.
      kind: real(row['style']) === 43 || participants.length > 1 ? 'group' : 'direct',
      services: service === undefined ? [] : [service],
      participants,
    };
  }
}

const idsOf = (rows: Iterable<Row>): ReadonlySet<number> => {
  const ids = new Set<number>();
  for (const row of rows) ids.add(int(row['id']) ?? -1);
  return ids;
};

const merge = (a: StoredChat, b: StoredChat): StoredChat => {
  const others = b.participants.filter((p) => !a.participants.some((q) => q.handle === p.handle));
  return {
    ...a,
    rows: [...a.rows, ...b.rows],
    services: [...new Set([...a.services, ...b.services])],
    participants: [...a.participants, ...others],
  };
};
