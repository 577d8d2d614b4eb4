import { dateFromCocoa, dateFromUnix } from '../../decode/apple-time.ts';
import { flag, int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import type { Picked, Schema } from '../../sqlite/schema.ts';

const textColumns = {
  address: ['address'],
  date: ['date'],
  text: ['text'],
  flags: ['flags'],
  group: ['group_id'],
  subject: ['subject'],
} as const;

/** What iOS 5 added for iMessage. */
const madridColumns = {
  madrid: ['is_madrid'],
  body: ['madrid_attributedBody'],
  handle: ['madrid_handle'],
  guid: ['madrid_guid'],
  room: ['madrid_roomname'],
  service: ['madrid_service'],
  madridFlags: ['madrid_flags'],
  error: ['madrid_error'],
  read: ['madrid_date_read'],
  delivered: ['madrid_date_delivered'],
} as const;

/** Of `flags`, on a text message. */
const [sent, received, failed] = [1, 2, 32] as const;
/** Of `madrid_flags`. */
const fromMe = 4;

/** The layout of `sms.db` before iOS 6: the other side stands in the message, and there are no conversations. */
export const isOldLayout = (schema: Schema): boolean => {
  const columns = schema.columns('message');
  return !columns.has('handle_id') && (columns.has('address') || columns.has('madrid_handle'));
};

/** What one row says of itself. */
export interface OldMessage {
  readonly id: number;
  readonly isIMessage: boolean;
  readonly at: Date | undefined;
  readonly fromMe: boolean;
  readonly failed: boolean;
  /** The other side, or who wrote in a group. */
  readonly handle: string | undefined;
  readonly group: number | undefined;
  readonly room: string | undefined;
  readonly row: Row;
}

/** The rows of `message` before iOS 6. */
export class OldMessageRows {
  readonly #schema: Schema;
  readonly #picked: string;

  constructor(schema: Schema) {
    this.#schema = schema;
    schema.require('message', 'ROWID', 'date');
    const isNewer = [...schema.columns('message')].some((column) => /madrid/.test(column));
    const picked: Picked[] = [
      schema.choose('message', textColumns, 'm'),
      isNewer ? schema.choose('message', madridColumns, 'm') : schema.pick('message', madridColumns, 'm'),
    ];
    this.#picked = ['m.ROWID AS id', ...picked.map(({ list }) => list)].join(', ');
  }

  *all(): Generator<OldMessage> {
    for (const row of this.#schema.rows(`SELECT ${this.#picked} FROM message m ORDER BY m.ROWID`)) yield decoded(row);
  }

  one(id: number): OldMessage | undefined {
    const row = this.#schema.first(`SELECT ${this.#picked} FROM message m WHERE m.ROWID = ?`, id);
    return row === undefined ? undefined : decoded(row);
  }

  /** How many text messages have flags that nobody here knows, by their value. */
  *unknownFlags(): Generator<{ readonly flags: number; readonly count: number }> {
    if (!this.#schema.columns('message').has('flags')) return;
    for (const row of this.#schema.rows('SELECT flags, count(*) AS n FROM message GROUP BY flags ORDER BY flags')) {
      const flags = int(row['flags']) ?? 0;
      if ((flags & ~(sent | received | failed)) !== 0) yield { flags, count: int(row['n']) ?? 0 };
    }
  }
}

const decoded = (row: Row): OldMessage => {
  const isIMessage = flag(row['madrid']) || (row['madrid'] === null && text(row['handle']) !== undefined);
  const seconds = real(row['date']);
  const bits = int(row[isIMessage ? 'madridFlags' : 'flags']) ?? 0;
  return {
    id: int(row['id']) ?? -1,
    isIMessage,
    // Text messages count from 1970, iMessages from 2001.
    at: isIMessage ? dateFromCocoa(seconds) : dateFromUnix(seconds),
    fromMe: (bits & (isIMessage ? fromMe : sent)) !== 0,
    failed: isIMessage ? flag(row['error']) : (bits & failed) !== 0,
    handle: isIMessage ? (text(row['handle']) ?? text(row['address'])) : text(row['address']),
    group: isIMessage ? undefined : int(row['group']),
    room: isIMessage ? text(row['room']) : undefined,
    row,
  };
};
