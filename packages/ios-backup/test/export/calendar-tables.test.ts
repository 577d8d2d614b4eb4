import { expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import type { ExportFormat, ExportReport, ExportRequest } from '../../src/index.ts';
import { buildBackup, database } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { calendarSchema, remindersSchema } from '../fixtures/phone/calendar.ts';
import { cocoa } from '../fixtures/phone/times.ts';
import { signal } from '../fixtures/signal.ts';

type Rows = Parameters<typeof database>[1];

const calendar = (rows: Rows) => ({
  domain: 'HomeDomain',
  path: 'Library/Calendar/Calendar.sqlitedb',
  bytes: database(calendarSchema, rows),
});

const exported = async (
  entry: ReturnType<typeof calendar>,
  request: Partial<ExportRequest> = {},
): Promise<{ text: string; report: ExportReport }> => {
  const { kind = 'calendar', format = 'txt' } = request;
  await using backup = await openBackup(buildBackup({ entries: [entry] }), { signal });
  const sink = new MemorySink();
  const report = await exportBackup(backup, { timeZone: 'America/New_York', ...request, kind, format }, sink, {
    signal,
  });
  return { text: sink.text(`${kind}.${format}`), report };
};

const event = (ROWID: number, summary: string, start: string, end: string, rest: object = {}) => ({
  ROWID,
  summary,
  start_date: cocoa(start),
  end_date: cocoa(end),
  start_tz: '_float',
  entity_type: 2,
  unique_identifier: `U${ROWID}`,
  ...rest,
});

const alarmClock = event(1, 'Wake up', '2024-12-25T06:30:00Z', '2024-12-25T06:35:00Z');
const christmas = event(2, 'Christmas', '2024-12-25T00:00:00Z', '2024-12-25T23:59:59Z', { all_day: 1 });

it.each(['csv', 'html', 'txt', 'json'] as const)(
  'an event without a zone keeps its clock in %s',
  async (format: ExportFormat) => {
    const { text } = await exported(calendar({ CalendarItem: [alarmClock] }), { format });
    expect(text).toMatch(/2024-12-25[T ]06:30:00/);
    expect(text).not.toContain('01:30');
  },
);

it('a period takes what is all day, or without a zone, by the days of its own zone', async () => {
  const late = event(3, 'Fireworks', '2024-12-25T23:30:00Z', '2024-12-25T23:45:00Z');
  const next = event(4, 'Boxing day', '2024-12-26T00:00:00Z', '2024-12-26T23:59:59Z', { all_day: 1 });
  const entry = calendar({ CalendarItem: [alarmClock, christmas, late, next] });
  const dayIn = async (timeZone: string, since: string): Promise<string[]> => {
    const until = new Date(Date.parse(since) + 86_400_000);
    const { text } = await exported(entry, { timeZone, since: new Date(since), until });
    return [...text.matchAll(/^Title: (.*)$/gm)].map(([, title]) => title ?? '');
  };
  const all = ['Christmas', 'Wake up', 'Fireworks'];
  expect(await dayIn('America/New_York', '2024-12-25T05:00:00Z')).toEqual(all);
  expect(await dayIn('Asia/Tokyo', '2024-12-24T15:00:00Z')).toEqual(all);
  expect(await dayIn('UTC', '2024-12-25T00:00:00Z')).toEqual(all);
});

it('a reminder of a whole day is due on the day of the zone of the period', async () => {
  const entry = {
    domain: 'AppDomainGroup-group.com.apple.reminders',
    path: 'Container_v1/Stores/Data-1.sqlite',
    bytes: database(remindersSchema, {
      ZREMCDREMINDER: [{ Z_PK: 1, ZTITLE: 'Taxes', ZALLDAY: 1, ZDUEDATE: cocoa('2024-12-25T00:00:00Z') }],
    }),
  };
  const [since, until] = [new Date('2024-12-25T05:00:00Z'), new Date('2024-12-26T05:00:00Z')];
  expect((await exported(entry, { kind: 'reminders', since, until })).report).toMatchObject({ read: 1, exported: 1 });
});

it('an event that began before the period and lasts into it is a part of it', async () => {
  const travel = event(1, 'Travel', '2024-12-20T00:00:00Z', '2024-12-27T23:59:59Z', { all_day: 1 });
  const over = event(2, 'Over', '2024-12-20T00:00:00Z', '2024-12-24T23:59:59Z', { all_day: 1 });
  const [since, until] = [new Date('2024-12-25T05:00:00Z'), new Date('2024-12-26T05:00:00Z')];
  const { text, report } = await exported(calendar({ CalendarItem: [travel, over] }), { since, until });
  expect(text).toContain('Title: Travel');
  expect(report).toMatchObject({ read: 2, exported: 1, skipped: [{ reason: 'outside the period', count: 1 }] });
});

it('says how an event repeats, when it does not, and when it rings, in words', async () => {
  const zone = { start_tz: 'Europe/Berlin' };
  const weekly = event(1, 'Choir', '2024-01-08T18:00:00Z', '2024-01-08T20:00:00Z', { ...zone, organizer_id: 1 });
  const moved = event(2, 'Choir', '2024-01-16T18:00:00Z', '2024-01-16T20:00:00Z', {
    ...zone,
    orig_item_id: 1,
    orig_date: cocoa('2024-01-15T18:00:00Z'),
  });
  const { text } = await exported(
    calendar({
      CalendarItem: [weekly, moved, christmas].map((one, i) => ({ ...one, ROWID: i + 1 })),
      Recurrence: [
        { owner_id: 1, frequency: 2, interval: 2, specifier: 'D=0MO,0WE', end_date: cocoa('2024-06-30T12:00:00Z') },
        { owner_id: 1, frequency: 3, interval: 1, specifier: 'D=-1FR,+2MO;M=31', count: 5 },
        { owner_id: 3, frequency: 4, interval: 1, specifier: 'O=12;M=25' },
      ],
      ExceptionDate: [{ owner_id: 1, date: cocoa('2024-01-22T18:00:00Z') }],
      Alarm: [
        { calendaritem_owner_id: 1, trigger_interval: -900 },
        { calendaritem_owner_id: 1, trigger_interval: 0 },
        { calendaritem_owner_id: 1, trigger_interval: -86_400 },
      ],
      Participant: [{ ROWID: 1, owner_id: 1, entity_type: 8, email: 'eve@example.com' }],
    }),
    { timeZone: 'Europe/Berlin' },
  );
  expect(text).toContain(
    `Repeats: every 2 weeks on Monday, Wednesday, until 2024-06-30
    monthly on the last Friday, the 2nd Monday on day 31, 5 times
Not on: 2024-01-22 19:00:00
Alarms: 15 minutes before
    at the start
    1 day before
Invited by: eve@example.com
`,
  );
  expect(text).toContain('Instead of: 2024-01-15 19:00:00');
  expect(text).toContain('Repeats: yearly in December on day 25');
});
