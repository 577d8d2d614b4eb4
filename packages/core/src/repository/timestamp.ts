import { corrupt } from './corrupt.ts';
import type { Timestamp } from './node.ts';

/** What Go writes for a time that was never set. */
export const zeroTimestamp: Timestamp = '0001-01-01T00:00:00Z';

const usualForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** Whether this has the form of a timestamp; cheap, and enough to write it back as it came. */
export const isTimestamp = (text: string): text is Timestamp => usualForm.test(text);

const nsPerSecond = 1_000_000_000n;
const secondsPerDay = 86_400;
/** Of 400 years, after which the calendar repeats itself. */
const secondsPerEra = 146_097n * 86_400n;
/** The last second that `Date` can hold. */
const lastInstant = 8_640_000_000_000n;

/**
 * The instant as Go prints it in RFC 3339 with nanoseconds: trailing zeros of the fraction cut, with the offset that this machine's
 * time zone has at that instant or `Z`. A year before 0 or after 9999 becomes 0 or 9999 and the rest stays, as restic does it.
 */
export const timestampFromNs = (ns: bigint, zone: 'local' | 'utc'): Timestamp => {
  const fraction = Number(((ns % nsPerSecond) + nsPerSecond) % nsPerSecond);
  const whole = (ns - BigInt(fraction)) / nsPerSecond;
  // A file system can hold times that a double cannot; whole eras less, they have the same day of the year.
  const seconds = Number(whole > lastInstant || whole < -lastInstant ? whole % secondsPerEra : whole);
  const offset = zone === 'utc' ? 0 : offsetMinutes(seconds);
  const local = seconds + offset * 60;
  const days = Math.floor(local / secondsPerDay);
  const time = { ...civilFromDays(days), second: local - days * secondsPerDay, fraction };
  const year = BigInt(seconds) === whole ? time.year : whole < 0n ? -1 : 10_000;
  if (year < 0 || year > 9999) return clamped({ ...time, year, zone });
  return format({ ...time, offset });
};

interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}
interface CivilTime extends CivilDate {
  /** Of the day. */
  readonly second: number;
  /** Nanoseconds. */
  readonly fraction: number;
}

const clamped = ({ zone, ...time }: CivilTime & { readonly zone: 'local' | 'utc' }): Timestamp => {
  const days = daysFromCivil({ ...time, year: time.year < 0 ? 0 : 9999 });
  const local = days * secondsPerDay + time.second;
  const offset = zone === 'utc' ? 0 : offsetMinutes(local - offsetMinutes(local) * 60);
  return format({ ...civilFromDays(days), second: time.second, fraction: time.fraction, offset });
};

const format = (time: CivilTime & { readonly offset: number }): Timestamp => {
  const { year, month, day, second, fraction, offset } = time;
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  const clock = `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
  const digits = fraction === 0 ? '' : `.${String(fraction).padStart(9, '0').replace(/0+$/, '')}`;
  return `${date}T${clock}${digits}${formatOffset(offset)}`;
};

const formatOffset = (offset: number): string => {
  if (offset === 0) return 'Z';
  const minutes = Math.abs(offset);
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
};

const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

const offsetMinutes = (seconds: number): number =>
  // Offsets before standard time have seconds; those are cut, as Go prints them. Adding zero turns -0 into 0.
  Math.trunc(-new Date(seconds * 1000).getTimezoneOffset()) + 0;

/** Nanoseconds since 1970. A tenth digit of a fraction is cut, as Go does. CORRUPT when this is no timestamp. */
export const nsFromTimestamp = (timestamp: Timestamp): bigint => {
  const year = digits(timestamp, 0, 4);
  const month = digits(timestamp, 5, 7);
  const day = digits(timestamp, 8, 10);
  const time = timeOfDay(timestamp, 11);
  const dots = timestamp.charCodeAt(19) === dot ? endOfDigits(timestamp, 20) : 19;
  const offset = offsetSeconds(timestamp, dots);
  const formed = hasMarks(timestamp) && dots !== 20;
  // A field that is none is not a number, and no comparison with it is true.
  const days = daysFromCivil({ year, month, day });
  const real = civilFromDays(days);
  if (!formed || real.month !== month || real.day !== day || !(time < secondsPerDay) || Number.isNaN(offset))
    throw corrupt(`"${timestamp.slice(0, 40)}" is not a timestamp`);
  const fraction = dots === 19 ? 0 : digits(timestamp, 20, Math.min(dots, 29)) * (powersOfTen[29 - dots] ?? 1);
  return BigInt(days * secondsPerDay + time - offset) * nsPerSecond + BigInt(fraction);
};

const dot = 0x2e;
const powersOfTen = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];

const hasMarks = (text: string): boolean =>
  text[4] === '-' && text[7] === '-' && text[10] === 'T' && text[13] === ':' && text[16] === ':';

/** The number in these places, NaN when there is anything but digits. */
const digits = (text: string, from: number, end: number): number => {
  let value = 0;
  for (let at = from; at < end; at += 1) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
};

const endOfDigits = (text: string, from: number): number => {
  let at = from;
  while (!Number.isNaN(digits(text, at, at + 1))) at += 1;
  return at;
};

/** `hh:mm:ss` at a place as seconds, NaN when it is no time. */
const timeOfDay = (text: string, at: number): number => {
  const [hour, minute, second] = [digits(text, at, at + 2), digits(text, at + 3, at + 5), digits(text, at + 6, at + 8)];
  return hour < 24 && minute < 60 && second < 60 ? hour * 3600 + minute * 60 + second : Number.NaN;
};

/** `Z` or `±hh:mm` up to the end as seconds, NaN when it is neither. */
const offsetSeconds = (text: string, at: number): number => {
  const mark = text[at];
  if (mark === 'Z') return text.length === at + 1 ? 0 : Number.NaN;
  const [hour, minute] = [digits(text, at + 1, at + 3), digits(text, at + 4, at + 6)];
  const formed = (mark === '+' || mark === '-') && text[at + 3] === ':' && text.length === at + 6;
  if (!formed || !(hour < 24) || !(minute < 60)) return Number.NaN;
  return (hour * 3600 + minute * 60) * (mark === '-' ? -1 : 1);
};

// Proleptic Gregorian calendar in eras of 400 years, which have 146,097 days; a year begins in March, so that the leap day is its last.

const civilFromDays = (days: number): CivilDate => {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const march = Math.floor((5 * dayOfYear + 2) / 153);
  const month = march < 10 ? march + 3 : march - 9;
  const day = dayOfYear - Math.floor((153 * march + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
};

const daysFromCivil = ({ year, month, day }: CivilDate): number => {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
};
