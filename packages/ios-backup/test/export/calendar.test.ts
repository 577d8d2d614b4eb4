import { expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import type { ExportKind, ExportReport } from '../../src/index.ts';
import { buildBackup, database } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { calendarSchema, remindersSchema } from '../fixtures/phone/calendar.ts';
import { cocoa } from '../fixtures/phone/times.ts';
import { signal } from '../fixtures/signal.ts';

type Rows = Readonly<Record<string, Parameters<typeof database>[1][string]>>;

const exported = async (
  entries: readonly PhoneEntry[],
  { kind = 'calendar', format }: { kind?: ExportKind; format?: 'ics' | 'md' } = {},
): Promise<{ text: string; lines: string[]; report: ExportReport }> => {
  await using backup = await openBackup(buildBackup({ entries }), { signal });
  const sink = new MemorySink();
  const report = await exportBackup(backup, { kind, format, timeZone: 'UTC' }, sink, { signal });
  const text = sink.text(`${kind}.${format ?? 'ics'}`);
  return { text, lines: text.split('\r\n'), report };
};

const calendarOf = (rows: Rows): PhoneEntry => ({
  domain: 'HomeDomain',
  path: 'Library/Calendar/Calendar.sqlitedb',
  bytes: database(calendarSchema, rows),
});

const start_date = cocoa('2024-06-03T08:30:00Z');
const event = (ROWID: number, summary: string, rest: Readonly<Record<string, unknown>> = {}) => ({
  ROWID,
  summary,
  start_date,
  entity_type: 2,
  unique_identifier: `U${ROWID}`,
  ...rest,
});
const of = (lines: readonly string[], name: string): string[] => lines.filter((line) => line.startsWith(name));

it('a repetition that is not known is named, and no rule is written that no calendar reads', async () => {
  const { lines, report } = await exported([
    calendarOf({
      CalendarItem: [event(1, 'Moon'), event(2, 'Pub'), event(3, 'Rent')],
      Recurrence: [
        { owner_id: 1, frequency: 7, interval: 1 },
        { owner_id: 2, frequency: 3, interval: 1, specifier: 'D=LASTFRIDAY;Q=1' },
        { owner_id: 3, frequency: 3, interval: 1, specifier: 'D=-1FR,+2MO,0TU;M=31' },
      ],
    }),
  ]);
  expect(of(lines, 'RRULE')).toEqual(['RRULE:FREQ=MONTHLY', 'RRULE:FREQ=MONTHLY;BYDAY=-1FR,2MO,TU;BYMONTHDAY=31']);
  expect(report.gaps).toEqual([
    'repetition of “Moon”: frequency 7 is not known; it is exported without',
    'repetition of “Pub”: “D=LASTFRIDAY” is not known; it is exported without',
    'repetition of “Pub”: “Q=1” is not known; it is exported without',
  ]);
});

it('an alarm long before is exported, and one that has no time is named', async () => {
  const { lines, report } = await exported([
    calendarOf({
      CalendarItem: [event(1, 'Passport')],
      Alarm: [
        { calendaritem_owner_id: 1, trigger_interval: -400 * 86_400, trigger_date: -978_307_200 },
        { calendaritem_owner_id: 1, trigger_interval: 2_147_483_647 },
        { calendaritem_owner_id: 1 },
      ],
    }),
  ]);
  expect(of(lines, 'TRIGGER')).toEqual(['TRIGGER:-PT34560000S']);
  expect(report.gaps).toEqual(['alarms of “Passport”: 2 have no time that is known']);
});

it('a cancelled event says so', async () => {
  const { lines } = await exported([
    calendarOf({
      CalendarItem: [event(1, 'On', { status: 1 }), event(2, 'Perhaps', { status: 2 }), event(3, 'Off', { status: 3 })],
    }),
  ]);
  expect(of(lines, 'STATUS')).toEqual(['STATUS:CONFIRMED', 'STATUS:TENTATIVE', 'STATUS:CANCELLED']);
});

it('reminders before iOS 13 are reminders and no events', async () => {
  const entry = calendarOf({
    Calendar: [{ ROWID: 1, title: 'Errands' }],
    CalendarItem: [
      event(1, 'Dentist'),
      event(2, 'Milk', { entity_type: 3, start_date: null, due_date: start_date, priority: 1, calendar_id: 1 }),
      event(3, 'Bread', { entity_type: 3, start_date: null, completion_date: start_date, description: 'rye' }),
    ],
    Recurrence: [{ owner_id: 2, frequency: 1, interval: 1 }],
  });
  const events = await exported([entry]);
  expect(of(events.lines, 'SUMMARY')).toEqual(['SUMMARY:Dentist']);
  expect(events.report).toMatchObject({ read: 3, exported: 1, skipped: [{ reason: 'is a reminder', count: 2 }] });
  const todos = await exported([entry], { kind: 'reminders' });
  expect(of(todos.lines, 'SUMMARY')).toEqual(['SUMMARY:Milk', 'SUMMARY:Bread']);
  expect(todos.text).toContain('CATEGORIES:Errands\r\nDUE:20240603T083000Z\r\nPRIORITY:1\r\nSTATUS:NEEDS-ACTION');
  expect(todos.text).toContain('COMPLETED:20240603T083000Z\r\nSTATUS:COMPLETED');
  expect(todos.report).toMatchObject({ read: 2, exported: 2 });
  expect(todos.report.gaps).toEqual([
    'reminders before iOS 13: how often they repeat, their alarms and places are not exported',
  ]);
});

it('a deleted reminder does not come back by its calendar file', async () => {
  const store = database(remindersSchema, {
    ZREMCDREMINDER: [
      { Z_PK: 1, ZTITLE: 'here' },
      { Z_PK: 2, ZTITLE: 'gone', ZMARKEDFORDELETION: 1 },
    ],
  });
  const entry = {
    domain: 'AppDomainGroup-group.com.apple.reminders',
    path: 'Container_v1/Stores/Data-1.sqlite',
    bytes: store,
  };
  const { lines, report } = await exported([entry], { kind: 'reminders' });
  expect(of(lines, 'SUMMARY')).toEqual(['SUMMARY:here']);
  expect(report).toMatchObject({
    read: 2,
    exported: 1,
    skipped: [{ reason: 'was deleted; the other formats have it', count: 1 }],
  });
  expect((await exported([entry], { kind: 'reminders', format: 'md' })).text).toContain('gone');
});

it('an event without a start has no place in a calendar file and is counted', async () => {
  const { lines, report } = await exported([
    calendarOf({
      CalendarItem: [event(1, 'Here'), event(2, 'Never', { start_date: null }), event(3, 'Far', { start_date: 1e18 })],
    }),
  ]);
  expect(of(lines, 'DTSTART')).toHaveLength(1);
  expect(of(lines, 'BEGIN:VEVENT')).toHaveLength(1);
  expect(report).toMatchObject({
    read: 3,
    exported: 1,
    skipped: [
      { reason: 'has no start, without which it is no event of iCalendar; the other formats have it', count: 2 },
    ],
  });
});

it('one event in two calendars is two with an identifier each, and a moved occurrence stays with its own', async () => {
  const twin = { unique_identifier: 'SAME' };
  const moved = { ...twin, orig_item_id: 2, orig_date: start_date };
  const { lines } = await exported([
    calendarOf({ CalendarItem: [event(1, 'A', twin), event(2, 'B', twin), event(3, 'B moved', moved)] }),
  ]);
  expect(of(lines, 'UID')).toEqual(['UID:SAME', 'UID:SAME-2', 'UID:SAME-2']);
});

it('an occurrence whose event is gone is an event of its own', async () => {
  const { lines, report } = await exported([
    calendarOf({ CalendarItem: [event(1, 'Lonely', { orig_item_id: 99, orig_date: start_date })] }),
  ]);
  expect([of(lines, 'UID'), of(lines, 'RECURRENCE-ID')]).toEqual([['UID:U1'], []]);
  expect(report.gaps).toEqual([
    '“Lonely”: the event that it is an occurrence of is not in the backup; it is exported as one of its own',
  ]);
});
