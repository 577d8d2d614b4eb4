import type { IosBackup } from '../../backup/ios-backup.ts';
import { dateFromCocoa } from '../../decode/apple-time.ts';
import { flag, int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { Schema } from '../../sqlite/schema.ts';
import { outsidePeriod } from '../record-options.ts';
import type { RecordOptions } from '../record-options.ts';
import { alarms, attendees, exceptions, recurrences } from './calendar-parts.ts';
import type { CalendarEvent } from './calendar-event.ts';

const wanted = {
  id: ['ROWID'],
  unique: ['unique_identifier', 'UUID'],
  summary: ['summary'],
  notes: ['description'],
  start: ['start_date'],
  startZone: ['start_tz'],
  end: ['end_date'],
  allDay: ['all_day'],
  calendar: ['calendar_id'],
  location: ['location_id'],
  organizer: ['organizer_id'],
  url: ['url'],
  original: ['orig_item_id'],
  originalDate: ['orig_date'],
  created: ['creation_date'],
  modified: ['last_modified'],
  scale: ['calendar_scale'],
} as const;

/** Events of every calendar, oldest first. Birthdays, which the phone makes from its contacts, are left out and counted. */
export async function* readCalendar(backup: IosBackup, options: RecordOptions): AsyncGenerator<CalendarEvent> {
  const { tally, filter } = options;
  await using db = await backup.database({ domain: 'HomeDomain', path: 'Library/Calendar/Calendar.sqlitedb' }, options);
  if (db === undefined) return tally.gap('calendar: the backup has no Calendar.sqlitedb');
  tally.source(db.label);
  const schema = new Schema(db, tally.gap);
  schema.require('CalendarItem', 'ROWID', 'summary', 'start_date');
  const picked = schema.pick('CalendarItem', wanted, 'e');
  tally.missing('CalendarItem', picked.missing);
  for (const row of schema.rows(`SELECT ${picked.list} FROM CalendarItem e ORDER BY e.start_date, e.ROWID`)) {
    const why = text(row['scale']) === 'gregorian' ? 'is a birthday made from a contact' : outside(row, schema, filter);
    if (why === undefined) tally.exported();
    else tally.skip(why);
    if (why === undefined) yield build(schema, row);
  }
}

/** An event that repeats may reach into the period although it began before. */
const outside = (row: Row, schema: Schema, filter: RecordOptions['filter']): string | undefined => {
  const start = dateFromCocoa(real(row['start']));
  const repeats = recurrences(schema, int(row['id']) ?? -1).length > 0;
  const until = filter?.until;
  return repeats && start !== undefined && (until === undefined || start < until)
    ? undefined
    : outsidePeriod(start, filter);
};

const build = (schema: Schema, row: Row): CalendarEvent => {
  const id = int(row['id']) ?? -1;
  const zone = text(row['startZone']);
  const original = int(row['original']) ?? 0;
  const originalDate = dateFromCocoa(real(row['originalDate']));
  const calendar = one(schema, calendarQuery(schema), int(row['calendar']));
  const people = attendees(schema, id);
  return {
    type: 'event',
    id: text(row['unique']) ?? `event-${id}`,
    title: text(row['summary']),
    calendar: text(calendar?.['title']),
    account: text(calendar?.['account']),
    allDay: flag(row['allDay']),
    start: dateFromCocoa(real(row['start'])),
    end: dateFromCocoa(real(row['end'])),
    timeZone: zone === undefined || zone === '_float' || flag(row['allDay']) ? undefined : zone,
    floating: zone === '_float',
    location: place(schema, int(row['location'])),
    notes: text(row['notes']),
    url: text(row['url']),
    organizer: people.organizer(int(row['organizer'])),
    attendees: people.invited,
    recurrence: recurrences(schema, id),
    exceptions: exceptions(schema, id),
    replaces:
      original > 0 && originalDate !== undefined ? { event: uniqueOf(schema, original), at: originalDate } : undefined,
    alarms: alarms(schema, id),
    created: dateFromCocoa(real(row['created'])),
    modified: dateFromCocoa(real(row['modified'])),
  };
};

const one = (schema: Schema, sql: string | undefined, id: number | undefined): Row | undefined =>
  sql === undefined || id === undefined ? undefined : schema.lookup(sql, id)[0];

const calendarQuery = (schema: Schema): string | undefined => {
  if (!schema.offers('names of calendars', 'Calendar', 'title')) return undefined;
  return schema.offers('accounts', 'Store', 'name') && schema.offers('accounts', 'Calendar', 'store_id')
    ? 'SELECT c.title AS title, s.name AS account FROM Calendar c LEFT JOIN Store s ON s.ROWID = c.store_id WHERE c.ROWID = ?'
    : 'SELECT c.title AS title, NULL AS account FROM Calendar c WHERE c.ROWID = ?';
};

const place = (schema: Schema, id: number | undefined): string | undefined => {
  if (!schema.offers('places', 'Location')) return undefined;
  const picked = schema.choose('Location', { title: ['title'], address: ['address'] }, 'l');
  const row = one(schema, `SELECT ${picked.list} FROM Location l WHERE l.ROWID = ?`, id);
  const parts = [text(row?.['title']), text(row?.['address'])].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : [...new Set(parts)].join(', ');
};

const uniqueOf = (schema: Schema, id: number): string => {
  const picked = schema.pick('CalendarItem', { unique: wanted.unique }, 'e');
  return (
    text(one(schema, `SELECT ${picked.list} FROM CalendarItem e WHERE e.ROWID = ?`, id)?.['unique']) ?? `event-${id}`
  );
};
