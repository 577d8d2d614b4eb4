import type { IosBackup } from '../../backup/ios-backup.ts';
import { dateFromCocoa } from '../../decode/apple-time.ts';
import { flag, int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { Schema } from '../../sqlite/schema.ts';
import { instantOf, outsidePeriod } from '../record-options.ts';
import type { RecordFilter, RecordOptions } from '../record-options.ts';
import type { Tally } from '../tally.ts';
import { alarms, attendees, exceptions, recurrences } from './calendar-parts.ts';
import type { CalendarEvent } from './calendar-event.ts';
import { eventIdentity, isReminder, uniqueColumns } from './event-identity.ts';
import type { EventIdentity } from './event-identity.ts';

const wanted = {
  id: ['ROWID'],
  unique: uniqueColumns,
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
  entity: ['entity_type'],
  status: ['status'],
} as const;

/** In the place of a zone: the event goes by the clock of wherever one is. */
const floatingZone = '_float';

/** Of `status`; 0 is none. */
const statuses = [undefined, 'confirmed', 'tentative', 'cancelled'] as const;

/** Events of every calendar, oldest first. Birthdays, which the phone makes from its contacts, and reminders of before iOS 13 are left out and counted. */
export async function* readCalendar(backup: IosBackup, options: RecordOptions): AsyncGenerator<CalendarEvent> {
  const { tally, filter } = options;
  await using db = await backup.database({ domain: 'HomeDomain', path: 'Library/Calendar/Calendar.sqlitedb' }, options);
  if (db === undefined) return tally.gap('calendar: the backup has no Calendar.sqlitedb');
  tally.source(db.label);
  const schema = new Schema(db, tally.gap);
  schema.require('CalendarItem', 'ROWID', 'summary', 'start_date');
  const picked = schema.pick('CalendarItem', wanted, 'e');
  tally.missing('CalendarItem', picked.missing);
  const identity = eventIdentity(schema);
  for (const row of schema.rows(`SELECT ${picked.list} FROM CalendarItem e ORDER BY e.start_date, e.ROWID`)) {
    const why = noEvent(row, options) ?? outside(row, schema, filter);
    if (why === undefined) tally.exported();
    else tally.skip(why);
    if (why === undefined) yield build(schema, row, { identity, tally });
  }
}

const noEvent = (row: Row, { forCalendarFile }: RecordOptions): string | undefined => {
  if (isReminder(int(row['entity']))) return 'is a reminder';
  if (text(row['scale']) === 'gregorian') return 'is a birthday made from a contact';
  return forCalendarFile === true && dateFromCocoa(real(row['start'])) === undefined
    ? 'has no start, without which it is no event of iCalendar; the other formats have it'
    : undefined;
};

/** An event may reach into the period although it began before, by its length or because it repeats. */
const outside = (row: Row, schema: Schema, filter: RecordFilter | undefined): string | undefined => {
  const isClock = flag(row['allDay']) || text(row['startZone']) === floatingZone;
  const [start, end] = [row['start'], row['end']].map((value) => {
    const at = dateFromCocoa(real(value));
    return isClock ? instantOf(at, filter) : at;
  });
  const { since, until } = filter ?? {};
  if (start === undefined || since === undefined || start >= since) return outsidePeriod(start, filter);
  const isOver = until !== undefined && start >= until;
  const lasts = end !== undefined && end > since;
  const reaches = lasts || recurrences(schema, int(row['id']) ?? -1, () => undefined).length > 0;
  return reaches && !isOver ? undefined : outsidePeriod(start, filter);
};

interface Context {
  readonly identity: EventIdentity;
  readonly tally: Tally;
}

const build = (schema: Schema, row: Row, { identity, tally }: Context): CalendarEvent => {
  const id = int(row['id']) ?? -1;
  const zone = text(row['startZone']);
  const title = text(row['summary']);
  const named = `“${title ?? '(no title)'}”`;
  const original = int(row['original']) ?? 0;
  if (original > 0 && !identity.has(original))
    tally.gap(`${named}: the event that it is an occurrence of is not in the backup; it is exported as one of its own`);
  const unknown = (what: string): void =>
    tally.gap(`repetition of ${named}: ${what} is not known; it is exported without`);
  const alarm = alarms(schema, id);
  if (alarm.unknown > 0)
    tally.gap(`alarms of ${named}: ${alarm.unknown} ${alarm.unknown === 1 ? 'has' : 'have'} no time that is known`);
  const originalDate = dateFromCocoa(real(row['originalDate']));
  const calendar = one(schema, calendarQuery(schema), int(row['calendar']));
  const people = attendees(schema, id);
  return {
    type: 'event',
    id: identity.of(id),
    title,
    status: statuses[int(row['status']) ?? 0],
    calendar: text(calendar?.['title']),
    account: text(calendar?.['account']),
    allDay: flag(row['allDay']),
    start: dateFromCocoa(real(row['start'])),
    end: dateFromCocoa(real(row['end'])),
    timeZone: zone === undefined || zone === floatingZone || flag(row['allDay']) ? undefined : zone,
    floating: zone === floatingZone,
    location: place(schema, int(row['location'])),
    notes: text(row['notes']),
    url: text(row['url']),
    organizer: people.organizer(int(row['organizer'])),
    attendees: people.invited,
    recurrence: recurrences(schema, id, unknown),
    exceptions: exceptions(schema, id),
    replaces:
      identity.has(original) && originalDate !== undefined
        ? { event: identity.of(original), at: originalDate }
        : undefined,
    alarms: alarm.alarms,
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
