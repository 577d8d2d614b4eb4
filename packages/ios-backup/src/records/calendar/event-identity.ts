import { dateFromCocoa } from '../../decode/apple-time.ts';
import { int, real, text } from '../../sqlite/row.ts';
import type { Schema } from '../../sqlite/schema.ts';

/** What events are called outside of the phone. */
export interface EventIdentity {
  /** One for each event that is no occurrence of another; those of one invitation in two calendars differ. */
  of(row: number): string;
  /** Whether the event is there that an occurrence belongs to. */
  has(row: number): boolean;
}

export const uniqueColumns = ['unique_identifier', 'UUID'] as const;

/** Gone through once before the events, as an occurrence may stand before the event that it belongs to. */
export const eventIdentity = (schema: Schema): EventIdentity => {
  const ids = new Map<number, string>();
  const seen = new Set<string>();
  const wanted = { unique: uniqueColumns, original: ['orig_item_id'], at: ['orig_date'], entity: ['entity_type'] };
  const picked = schema.pick('CalendarItem', wanted, 'e');
  const rows = [...schema.rows(`SELECT e.ROWID AS id, ${picked.list} FROM CalendarItem e ORDER BY e.ROWID`)].filter(
    (row) => !isReminder(int(row['entity'])),
  );
  const there = new Set(rows.map((row) => int(row['id']) ?? -1));
  for (const row of rows) {
    const id = int(row['id']) ?? -1;
    const unique = text(row['unique']) ?? `event-${id}`;
    const isOccurrence = there.has(int(row['original']) ?? -1) && dateFromCocoa(real(row['at'])) !== undefined;
    ids.set(id, !isOccurrence && seen.has(unique) ? `${unique}-${id}` : unique);
    if (!isOccurrence) seen.add(unique);
  }
  return { of: (row) => ids.get(row) ?? `event-${row}`, has: (row) => there.has(row) };
};

/** Of `entity_type`: before iOS 13 the table of events holds reminders too. */
export const reminderEntity = 3;

export const isReminder = (entity: number | undefined): boolean => entity === reminderEntity;
