import { dateFromMessages } from '../../decode/apple-time.ts';
import { int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { tapback, targetGuid } from './effects.ts';
import type { Tapback } from './effects.ts';
import type { Reaction } from './message.ts';
import type { MessageStore } from './message-store.ts';

/** A reaction, and the row that it stands in. */
export type ReactionRow = Reaction & { readonly row: number };

/** The reactions to one message by their rows: their content is read when it is shown, because a long conversation has many. */
class Received {
  readonly rows: number[] = [];
  /** When the message that was reacted to was sent. */
  readonly target: Date | undefined;
  readonly #read: (rows: readonly number[]) => ReactionRow[];

  constructor(target: Date | undefined, read: (rows: readonly number[]) => ReactionRow[]) {
    this.target = target;
    this.#read = read;
  }

  list(): ReactionRow[] {
    return this.#read(this.rows);
  }
}

/** Guid of a message → what it was reacted with. */
export type Reactions = ReadonlyMap<string, Received>;

/** The reactions in some chats to a message that is shown with them; what was taken back again is not among them. */
export const readReactions = (
  store: MessageStore,
  chats: readonly number[],
  isShown: (message: number) => boolean,
): Reactions => {
  const found = new Map<string, Received>();
  const columns = store.schema.columns('message');
  if (!columns.has('associated_message_type') || !columns.has('associated_message_guid') || !columns.has('guid'))
    return found;
  const list = columnsOf(columns);
  const read = (rows: readonly number[]): ReactionRow[] => {
    const standing = new Map<string, ReactionRow>();
    for (const id of rows) {
      const row = store.schema.first(`SELECT ${list} FROM message m WHERE m.ROWID = ?`, id);
      const said = row && saidBy(row);
      if (row === undefined || said === undefined) continue;
      const by = store.person(row);
      // Two people may have one name.
      const key = `${store.keyOf(by)} ${said.what}`;
      if (said.removed) standing.delete(key);
      else standing.set(key, { row: id, by, what: said.what, at: dateFromMessages(real(row['date'])) });
    }
    return [...standing.values()];
  };
  for (const row of tapbackRows(store, list, chats)) {
    const guid = targetGuid(text(row['target']) ?? '');
    const target = found.has(guid) ? undefined : store.byGuid(guid);
    const isHere = found.has(guid) || (target !== undefined && isShown(int(target['id']) ?? -1));
    if (saidBy(row) === undefined || !isHere) continue;
    const received = found.get(guid) ?? new Received(dateFromMessages(real(target?.['date'])), read);
    found.set(guid, received);
    received.rows.push(int(row['id']) ?? -1);
  }
  return found;
};

const saidBy = (row: Row): Tapback | undefined => tapback(int(row['type']) ?? 0, text(row['emoji']));

const columnsOf = (columns: ReadonlySet<string>): string => {
  const emoji = columns.has('associated_message_emoji') ? 'm.associated_message_emoji' : 'NULL';
  const [fromMe, handle] = ['is_from_me', 'handle_id'].map((column) => (columns.has(column) ? `m.${column}` : 'NULL'));
  return `m.ROWID AS id, m.associated_message_type AS type, m.associated_message_guid AS target, ${emoji} AS emoji, ${fromMe} AS fromMe, ${handle} AS handle, m.date AS date`;
};

const tapbackRows = (store: MessageStore, list: string, chats: readonly number[]): Iterable<Row> =>
  store.schema.rows(
    `SELECT ${list} FROM message m WHERE m.associated_message_type BETWEEN 2000 AND 3999
    AND m.ROWID IN (${store.messagesOf(chats)}) ORDER BY m.date, m.ROWID`,
  );
