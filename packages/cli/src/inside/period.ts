import { InvalidArgumentError } from 'commander';

const pattern = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?$/;
const dayMs = 24 * 60 * 60_000;

/** A day or a time of this machine's clock: the instant at which it begins. */
export const parseSince = (text: string): Date => parse(text).at;

/** The instant at which a day is over, or a time. */
export const parseUntil = (text: string): Date => {
  const { at, isDay } = parse(text);
  // Days of a change of clocks have 23 or 25 hours: the begin of the next one is looked for, and not added up.
  return isDay ? startOf(new Date(at.getTime() + dayMs + dayMs / 2)) : at;
};

const parse = (text: string): { readonly at: Date; readonly isDay: boolean } => {
  const [, year, month, day, hour, minute, second = '00'] = pattern.exec(text) ?? [];
  const isDay = hour === undefined;
  const at = new Date(`${year}-${month}-${day}T${isDay ? '00:00:00' : `${hour}:${minute}:${second}`}`);
  // The 31st of a month that has none becomes another day.
  if (Number.isNaN(at.getTime()) || at.getDate() !== Number(day))
    throw new InvalidArgumentError('Write a day, e.g. 2026-01-31, or a time, e.g. "2026-01-31 18:30".');
  return { at, isDay };
};

const startOf = (date: Date): Date => new Date(date.getFullYear(), date.getMonth(), date.getDate());
