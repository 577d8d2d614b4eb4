/** A cron expression as the numbers that each of its fields stands for. */

export interface CronFields {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** `undefined`: every day of the month, or every weekday. When both are given, either will do. */
  readonly days: readonly number[] | undefined;
  readonly months: readonly number[] | undefined;
  /** 0 is Sunday. */
  readonly weekdays: readonly number[] | undefined;
}

const aliases: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** `undefined` for what only our own scheduler understands: L, W, # and years. */
export const cronFields = (expression: string): CronFields | undefined => {
  const text = aliases[expression.trim().toLowerCase()] ?? expression.trim();
  const parts = text.split(/\s+/);
  const [second, minute, hour, day, month, weekday] = parts.length === 5 ? ['0', ...parts] : parts;
  if (parts.length > 6 || weekday === undefined) return undefined;
  const seconds = numbersOf(second ?? '', { from: 0, to: 59 });
  const minutes = numbersOf(minute ?? '', { from: 0, to: 59 });
  const hours = numbersOf(hour ?? '', { from: 0, to: 23 });
  const days = every(day) ? 'every' : numbersOf(day ?? '', { from: 1, to: 31 });
  const months = every(month) ? 'every' : numbersOf(month ?? '', { from: 1, to: 12, names: monthNames });
  const weekdays = every(weekday) ? 'every' : numbersOf(weekday, { from: 0, to: 7, names: weekdayNames });
  if (!seconds || !minutes || !hours || !days || !months || !weekdays) return undefined;
  return {
    seconds,
    minutes,
    hours,
    days: days === 'every' ? undefined : days,
    months: months === 'every' ? undefined : months,
    weekdays: weekdays === 'every' ? undefined : [...new Set(weekdays.map((one) => one % 7))].toSorted((a, b) => a - b),
  };
};

const every = (field: string | undefined): boolean => field === '*' || field === '?';

interface Range {
  readonly from: number;
  readonly to: number;
  readonly names?: readonly string[];
}

const numbersOf = (field: string, range: Range): number[] | undefined => {
  const numbers = new Set<number>();
  for (const part of field.split(',')) {
    const [, span = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
    const bounds = boundsOf(span, step !== undefined, range);
    const stride = Number(step ?? 1);
    if (!bounds || stride < 1) return undefined;
    for (let value = bounds[0]; value <= bounds[1]; value += stride) numbers.add(value);
  }
  return [...numbers].toSorted((a, b) => a - b);
};

const boundsOf = (span: string, stepped: boolean, range: Range): readonly [number, number] | undefined => {
  if (every(span)) return [range.from, range.to];
  const ends = span.split('-').map((word) => valueOf(word, range));
  const [first, last = stepped ? range.to : first] = ends;
  if (ends.length > 2 || first === undefined || last === undefined || ends.includes(undefined) || first > last)
    return undefined;
  return first >= range.from && last <= range.to ? [first, last] : undefined;
};

const valueOf = (word: string, { from, names }: Range): number | undefined => {
  if (/^\d+$/.test(word)) return Number(word);
  const at = names?.indexOf(word.toLowerCase()) ?? -1;
  return at < 0 ? undefined : at + from;
};
