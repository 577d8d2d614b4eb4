import type { Alarm, Recurrence } from '../records/calendar/calendar-event.ts';

const frequencies = {
  DAILY: ['daily', 'days'],
  WEEKLY: ['weekly', 'weeks'],
  MONTHLY: ['monthly', 'months'],
  YEARLY: ['yearly', 'years'],
} as const satisfies Readonly<Record<Recurrence['every'], readonly [one: string, many: string]>>;

const weekdays: Readonly<Record<string, string>> = {
  MO: 'Monday',
  TU: 'Tuesday',
  WE: 'Wednesday',
  TH: 'Thursday',
  FR: 'Friday',
  SA: 'Saturday',
  SU: 'Sunday',
};

const months = 'January February March April May June July August September October November December'.split(' ');

/** How an event repeats, as a person would say it, e.g. `every 2 weeks on Monday, until 2026-12-24`. `day` writes the last day. */
export const repetitionText = (
  { every, interval, count, until, by }: Recurrence,
  day: (at: Date) => string,
): string => {
  const [one, many] = frequencies[every];
  const parts = [interval > 1 ? `every ${interval} ${many}` : one, ...by.map(partText)];
  const end = [
    ...(count === undefined ? [] : [`${count} times`]),
    ...(until === undefined ? [] : [`until ${day(until)}`]),
  ];
  return [parts.join(' '), ...end].join(', ');
};

const partText = (part: string): string => {
  const [name = '', list = ''] = part.split('=');
  const values = list.split(',');
  const each = (words: (value: number) => string): string => values.map((value) => words(Number(value))).join(', ');
  switch (name) {
    case 'BYDAY':
      return `on ${values.map(weekdayText).join(', ')}`;
    case 'BYMONTHDAY':
      return `on ${each((n) => (n < 0 ? `the ${nth(n)} day of the month` : `day ${n}`))}`;
    case 'BYMONTH':
      return `in ${each((n) => months[n - 1] ?? `month ${n}`)}`;
    case 'BYWEEKNO':
      return `in ${each((n) => (n < 0 ? `the ${nth(n)} week of the year` : `week ${n}`))}`;
    case 'BYYEARDAY':
      return `on ${each((n) => (n < 0 ? `the ${nth(n)} day of the year` : `day ${n} of the year`))}`;
    case 'BYSETPOS':
      return `but only the ${each(nth)} of these`;
    default:
      return part;
  }
};

/** `-1FR` is the last Friday, `FR` each. */
const weekdayText = (value: string): string => {
  const name = weekdays[value.slice(-2)] ?? value;
  return value.length > 2 ? `the ${nth(Number(value.slice(0, -2)))} ${name}` : name;
};

const nth = (n: number): string => {
  const size = Math.abs(n);
  const ending = size % 100 > 10 && size % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][size % 10] ?? 'th');
  if (n >= 0) return `${size}${ending}`;
  return size === 1 ? 'last' : `${size}${ending} last`;
};

const units = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const;

/** When an alarm rings, e.g. `15 minutes before`. `full` writes the time of one that does not go by the start. */
export const alarmText = (alarm: Alarm, full: (at: Date) => string): string => {
  if ('at' in alarm) return full(alarm.at);
  const { offsetSeconds } = alarm;
  if (offsetSeconds === 0) return 'at the start';
  const size = Math.abs(offsetSeconds);
  const [seconds, unit] = units.find(([length]) => size % length === 0) ?? units[3];
  const count = size / seconds;
  return `${count} ${unit}${count === 1 ? '' : 's'} ${offsetSeconds < 0 ? 'before' : 'after'}`;
};
