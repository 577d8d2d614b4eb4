import type { Attendee, CalendarEvent } from '../records/calendar/calendar-event.ts';
import { alarmText, repetitionText } from '../render/repetition.ts';
import type { Column } from '../render/table.ts';
import type { TimeFormat } from '../render/time-format.ts';

/** A day for what is all day, the clock as it was set for what goes by the clock of wherever one is, else the time in the zone that is asked for. */
const timeOf = ({ allDay, floating }: CalendarEvent, at: Date | undefined, time: TimeFormat): string => {
  if (at === undefined) return '';
  if (allDay) return at.toISOString().slice(0, 10);
  return floating ? at.toISOString().slice(0, 19).replace('T', ' ') : time.full(at);
};

const personOf = ({ name, email }: Attendee): string => name ?? email ?? 'unknown';

export const eventColumns = (time: TimeFormat): readonly Column<CalendarEvent>[] => [
  { title: 'Title', value: (e) => e.title },
  { title: `Start (${time.zone})`, value: (e) => timeOf(e, e.start, time) },
  { title: `End (${time.zone})`, value: (e) => timeOf(e, e.end, time) },
  { title: 'All day', value: (e) => (e.allDay ? 'yes' : undefined) },
  { title: 'Status', value: (e) => e.status },
  {
    title: 'Repeats',
    value: (e) => e.recurrence.map((r) => repetitionText(r, (at) => timeOf(e, at, time).slice(0, 10))).join('\n'),
  },
  { title: 'Not on', value: (e) => e.exceptions.map((at) => timeOf(e, at, time)).join('\n') },
  { title: 'Instead of', value: (e) => timeOf(e, e.replaces?.at, time) },
  { title: 'Alarms', value: (e) => e.alarms.map((alarm) => alarmText(alarm, (at) => time.full(at))).join('\n') },
  { title: 'Place', value: (e) => e.location },
  { title: 'Calendar', value: (e) => e.calendar },
  { title: 'Notes', value: (e) => e.notes },
  { title: 'Invited by', value: (e) => e.organizer && personOf(e.organizer) },
  { title: 'Invited', value: (e) => e.attendees.map((a) => `${personOf(a)} (${a.answer})`).join('\n') },
  { title: 'Web', value: (e) => e.url },
];
