import type { IosBackup } from '../../backup/ios-backup.ts';
import { dateFromCocoa } from '../../decode/apple-time.ts';
import { flag, int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { Schema } from '../../sqlite/schema.ts';
import { outsidePeriod } from '../record-options.ts';
import type { RecordOptions } from '../record-options.ts';
import type { Reminder } from './calendar-event.ts';
import { dueOf } from './due.ts';
import { reminderEntity, uniqueColumns } from './event-identity.ts';

const wanted = {
  unique: uniqueColumns,
  title: ['summary'],
  notes: ['description'],
  calendar: ['calendar_id'],
  due: ['due_date'],
  allDay: ['due_all_day'],
  completedAt: ['completion_date'],
  priority: ['priority'],
  created: ['creation_date'],
  modified: ['last_modified'],
} as const;

/** Reminders as they were before iOS 13, among the events of the calendar. Returns whether there were any. */
export async function* readOldReminders(backup: IosBackup, options: RecordOptions): AsyncGenerator<Reminder, boolean> {
  const { tally, filter } = options;
  await using db = await backup.database({ domain: 'HomeDomain', path: 'Library/Calendar/Calendar.sqlitedb' }, options);
  if (db === undefined) return false;
  const found = new Schema(db);
  if (!found.columns('CalendarItem').has('entity_type')) return false;
  const condition = `FROM CalendarItem e WHERE e.entity_type = ${reminderEntity}`;
  if (found.first(`SELECT 1 ${condition} LIMIT 1`) === undefined) return false;
  tally.source(db.label);
  tally.gap('reminders before iOS 13: how often they repeat, their alarms and places are not exported');
  const schema = new Schema(db, tally.gap);
  const picked = schema.choose('CalendarItem', wanted, 'e');
  for (const row of schema.rows(`SELECT e.ROWID AS id, ${picked.list} ${condition} ORDER BY e.ROWID`)) {
    const why = outsidePeriod(dueOf(row, filter) ?? dateFromCocoa(real(row['created'])), filter);
    if (why === undefined) tally.exported();
    else tally.skip(why);
    if (why === undefined) yield build(schema, row);
  }
  return true;
}

const build = (schema: Schema, row: Row): Reminder => {
  const id = int(row['id']) ?? -1;
  const completedAt = dateFromCocoa(real(row['completedAt']));
  return {
    type: 'reminder',
    id: text(row['unique']) ?? `reminder-${id}`,
    title: text(row['title']),
    notes: text(row['notes']),
    list: listName(schema, int(row['calendar'])),
    completed: completedAt !== undefined,
    completedAt,
    flagged: false,
    priority: Math.min(Math.max(int(row['priority']) ?? 0, 0), 9),
    due: dateFromCocoa(real(row['due'])),
    dueAllDay: flag(row['allDay']),
    parent: undefined,
    parentTitle: undefined,
    tags: [],
    repeats: repeats(schema, id),
    deleted: false,
    created: dateFromCocoa(real(row['created'])),
    modified: dateFromCocoa(real(row['modified'])),
  };
};

const listName = (schema: Schema, id: number | undefined): string | undefined =>
  id === undefined || !schema.offers('lists', 'Calendar', 'title')
    ? undefined
    : text(schema.first('SELECT c.title AS title FROM Calendar c WHERE c.ROWID = ?', id)?.['title']);

const repeats = (schema: Schema, id: number): boolean =>
  schema.offers('repetition', 'Recurrence', 'owner_id') &&
  schema.first('SELECT 1 FROM Recurrence WHERE owner_id = ? LIMIT 1', id) !== undefined;
