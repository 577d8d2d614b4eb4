import type { Alarm, Attendee, CalendarEvent, Recurrence, Reminder } from '../records/calendar/calendar-event.ts';
import { zoneOffset } from '../decode/zone-offset.ts';
import { contentLine, escapeText, parameter } from './content-line.ts';
import { localStamp, utcStamp, vTimeZone } from './time-zone.ts';

const product = '-//Triplicate//iOS backup export//EN';

/** An event that repeats needs the clock's changes of the years to come too. */
const yearsAhead = 15;
const mostYears = 120;

/** A calendar of RFC 5545. Records are gone through twice, first for the time zones that they use, so they are held in memory. */
export async function* iCalendar(records: AsyncIterable<CalendarEvent | Reminder>): AsyncGenerator<string> {
  const all: (CalendarEvent | Reminder)[] = [];
  for await (const record of records) all.push(record);
  yield ['BEGIN:VCALENDAR', 'VERSION:2.0', `PRODID:${product}`, 'CALSCALE:GREGORIAN'].map(contentLine).join('');
  yield* timeZones(all);
  for (const record of all) yield record.type === 'event' ? vEvent(record) : vTodo(record);
  yield contentLine('END:VCALENDAR');
}

function* timeZones(records: readonly (CalendarEvent | Reminder)[]): Generator<string> {
  const years = new Map<string, [first: number, last: number]>();
  for (const record of records) {
    if (record.type !== 'event' || record.start === undefined || record.timeZone === undefined) continue;
    if (zoneOffset(record.timeZone, record.start) === undefined) continue;
    const year = record.start.getUTCFullYear();
    const [first, last] = years.get(record.timeZone) ?? [year, year];
    years.set(record.timeZone, [Math.min(first, year), Math.max(last, year)]);
  }
  for (const [zone, [first, last]] of years)
    yield vTimeZone(zone, first - 1, Math.min(last + yearsAhead, first + mostYears));
}

const vEvent = (event: CalendarEvent): string => {
  const lines = [
    'BEGIN:VEVENT',
    `UID:${escapeText(event.replaces?.event ?? event.id)}`,
    `DTSTAMP:${utcStamp(event.modified ?? event.created ?? new Date(0))}`,
  ];
  if (event.start !== undefined) lines.push(`DTSTART${moment(event, event.start)}`);
  if (event.end !== undefined && event.start !== undefined && event.end >= event.start)
    lines.push(`DTEND${moment(event, endOf(event, event.end))}`);
  if (event.replaces !== undefined) lines.push(`RECURRENCE-ID${moment(event, event.replaces.at)}`);
  addText(lines, 'SUMMARY', event.title);
  addText(lines, 'LOCATION', event.location);
  addText(lines, 'DESCRIPTION', event.notes);
  addText(lines, 'CATEGORIES', event.calendar);
  if (event.status !== undefined) lines.push(`STATUS:${event.status.toUpperCase()}`);
  if (event.url !== undefined) lines.push(`URL:${uri(event.url)}`);
  for (const rule of event.recurrence) lines.push(`RRULE:${recurrenceRule(event, rule)}`);
  for (const date of event.exceptions) lines.push(`EXDATE${moment(event, date)}`);
  if (event.organizer !== undefined) lines.push(person('ORGANIZER', event.organizer));
  for (const attendee of event.attendees) lines.push(person('ATTENDEE', attendee));
  if (event.created !== undefined) lines.push(`CREATED:${utcStamp(event.created)}`);
  if (event.modified !== undefined) lines.push(`LAST-MODIFIED:${utcStamp(event.modified)}`);
  const alarms = event.alarms.flatMap((alarm) => vAlarm(alarm, event.title));
  return [...lines, ...alarms, 'END:VEVENT'].map(contentLine).join('');
};

/** A date for an all-day event, a wall clock without a zone for a floating one, else the clock of the event's own zone. */
const moment = (event: CalendarEvent, at: Date): string => {
  if (event.allDay) return `;VALUE=DATE:${utcStamp(at).slice(0, 8)}`;
  if (event.floating) return `:${utcStamp(at).slice(0, -1)}`;
  const zone = event.timeZone;
  if (zone === undefined || zoneOffset(zone, at) === undefined) return `:${utcStamp(at)}`;
  return `;TZID=${parameter(zone)}:${localStamp(zone, at)}`;
};

/** The phone stores the last second of an all-day event; the format wants the day after. */
const endOf = (event: CalendarEvent, end: Date): Date =>
  event.allDay && end.getTime() % 86_400_000 !== 0 ? new Date(Math.ceil(end.getTime() / 86_400_000) * 86_400_000) : end;

const recurrenceRule = (event: CalendarEvent, rule: Recurrence): string => {
  const until =
    rule.until === undefined
      ? undefined
      : event.allDay
        ? utcStamp(rule.until).slice(0, 8)
        : event.floating
          ? utcStamp(rule.until).slice(0, -1)
          : utcStamp(rule.until);
  return [
    `FREQ=${rule.every}`,
    ...(rule.interval > 1 ? [`INTERVAL=${rule.interval}`] : []),
    ...(rule.count === undefined ? [] : [`COUNT=${rule.count}`]),
    // Both at once are not allowed, and the count is the stricter one.
    ...(until === undefined || rule.count !== undefined ? [] : [`UNTIL=${until}`]),
    ...rule.by,
  ].join(';');
};

const answerNames = { none: 'NEEDS-ACTION', accepted: 'ACCEPTED', declined: 'DECLINED', maybe: 'TENTATIVE' } as const;

const person = (property: 'ORGANIZER' | 'ATTENDEE', { name, email, answer }: Attendee): string => {
  const common = name === undefined ? '' : `;CN=${parameter(name)}`;
  const status = property === 'ATTENDEE' ? `;PARTSTAT=${answerNames[answer]}` : '';
  return `${property}${common}${status}:${email === undefined ? 'urn:x-unknown' : `mailto:${uri(email)}`}`;
};

const vAlarm = (alarm: Alarm, title: string | undefined): string[] => {
  const trigger =
    'at' in alarm
      ? `TRIGGER;VALUE=DATE-TIME:${utcStamp(alarm.at)}`
      : `TRIGGER:${alarm.offsetSeconds < 0 ? '-' : ''}PT${Math.abs(alarm.offsetSeconds)}S`;
  return ['BEGIN:VALARM', 'ACTION:DISPLAY', `DESCRIPTION:${escapeText(title ?? 'Reminder')}`, trigger, 'END:VALARM'];
};

const vTodo = (reminder: Reminder): string => {
  const lines = [
    'BEGIN:VTODO',
    `UID:${escapeText(reminder.id)}`,
    `DTSTAMP:${utcStamp(reminder.modified ?? reminder.created ?? new Date(0))}`,
  ];
  addText(lines, 'SUMMARY', reminder.title);
  addText(lines, 'DESCRIPTION', reminder.notes);
  const categories = [reminder.list ?? [], reminder.tags].flat().map(escapeText);
  if (categories.length > 0) lines.push(`CATEGORIES:${categories.join(',')}`);
  if (reminder.due !== undefined)
    lines.push(
      reminder.dueAllDay ? `DUE;VALUE=DATE:${utcStamp(reminder.due).slice(0, 8)}` : `DUE:${utcStamp(reminder.due)}`,
    );
  if (reminder.priority > 0) lines.push(`PRIORITY:${reminder.priority}`);
  if (reminder.completedAt !== undefined) lines.push(`COMPLETED:${utcStamp(reminder.completedAt)}`);
  lines.push(`STATUS:${reminder.completed ? 'COMPLETED' : 'NEEDS-ACTION'}`);
  if (reminder.parent !== undefined) lines.push(`RELATED-TO:${escapeText(reminder.parent)}`);
  if (reminder.created !== undefined) lines.push(`CREATED:${utcStamp(reminder.created)}`);
  return [...lines, 'END:VTODO'].map(contentLine).join('');
};

const addText = (lines: string[], name: string, value: string | undefined): void => {
  if (value !== undefined) lines.push(`${name}:${escapeText(value)}`);
};

// oxlint-disable-next-line no-control-regex -- a line break inside a URI would begin another property
const uri = (text: string): string => text.replaceAll(/[\u0000-\u0020\u007f]/g, (c) => encodeURIComponent(c));
