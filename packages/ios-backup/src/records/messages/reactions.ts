import { dateFromMessages } from '../../decode/apple-time.ts';
import { int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { tapback, targetGuid } from './effects.ts';
import type { Reaction } from './message.ts';
import type { MessageStore } from './message-store.ts';

/** The reactions to one message, and the rows that they came from. */
class Received {
  readonly rows = new Set<number>();
  /** When the message that was reacted to was sent. */
  readonly target: Date | undefined;
  readonly #standing = new Map<string, Reaction>();

  constructor(target: Date | undefined) {
    this.target = target;
  }

  /** `giver` tells people apart of whom two may have one name. */
  add(row: number, giver: string, { removed, by, what, at }: Reaction & { readonly removed: boolean }): void {
    this.rows.add(row);
    const key = `${giver} ${what}`;
    if (removed) this.#standing.delete(key);
    else this.#standing.set(key, { by, what, at });
  }

  list(): Reaction[] {
    return [...this.#standing.values()];
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
  for (const row of tapbackRows(store, columns, chats)) {
    const said = tapback(int(row['type']) ?? 0, text(row['emoji']));
    const guid = targetGuid(text(row['target']) ?? '');
    const target = found.has(guid) ? undefined : store.byGuid(guid);
    const isHere = found.has(guid) || (target !== undefined && isShown(int(target['id']) ?? -1));
    if (said === undefined || !isHere) continue;
    const received = found.get(guid) ?? new Received(dateFromMessages(real(target?.['date'])));
    found.set(guid, received);
    const by = store.person(row);
    received.add(int(row['id']) ?? -1, store.keyOf(by), { ...said, by, at: dateFromMessages(real(row['date'])) });
  }
  return found;
};

const tapbackRows = (store: MessageStore, columns: ReadonlySet<string>, chats: readonly number[]): Iterable<Row> => {
  const emoji = columns.has('associated_message_emoji') ? 'm.associated_message_emoji' : 'NULL';
  const [fromMe, handle] = ['is_from_me', 'handle_id'].map((column) => (columns.has(column) ? `m.${column}` : 'NULL'));
  return store.schema.rows(
    `SELECT m.ROWID AS id, m.associated_message_type AS type, m.associated_message_guid AS target, ${emoji} AS emoji, ${fromMe} AS fromMe, ${handle} AS handle, m.date AS date
    FROM message m WHERE m.associated_message_type BETWEEN 2000 AND 3999
    AND m.ROWID IN (SELECT message_id FROM chat_message_join WHERE chat_id IN (${chats.map(Number).join(', ')})) ORDER BY m.date, m.ROWID`,
  );
};
