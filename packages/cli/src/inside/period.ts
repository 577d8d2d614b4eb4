import { BackupError } from '@triplicate/core';
import { zoneOffset } from '@triplicate/ios-backup';
import { InvalidArgumentError } from 'commander';

const pattern = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?$/;
const dayMs = 24 * 60 * 60_000;
const minuteMs = 60_000;

/** A day or a time on a clock of which the zone is not said. */
export interface Moment {
  /** What the clock shows, as if it were in Greenwich. */
  readonly clock: number;
  readonly isDay: boolean;
}

/** A day or a time as it is written on the command line. */
export const parseMoment = (text: string): Moment => {
  const [, year, month, day, hour, minute, second = '00'] = pattern.exec(text) ?? [];
  const isDay = hour === undefined;
  const at = new Date(`${year}-${month}-${day}T${isDay ? '00:00:00' : `${hour}:${minute}:${second}`}Z`);
  // The 31st of a month that has none becomes another day.
  if (Number.isNaN(at.getTime()) || at.getUTCDate() !== Number(day))
    throw new InvalidArgumentError('Write a day, e.g. 2026-01-31, or a time, e.g. "2026-01-31 18:30".');
  return { clock: at.getTime(), isDay };
};

/** USAGE when a time zone is not known. */
export const knownZone = (zone: string): string => {
  if (zoneOffset(zone, new Date(0)) !== undefined) return zone;
  throw new BackupError('USAGE', `"${zone}" is no time zone`, { hint: 'write it as in Europe/Berlin' });
};

/** The instant at which a day or a time begins in a zone that is known. */
export const beginOf = ({ clock }: Moment, zone: string): Date => {
  const candidates = [clock - dayMs, clock + dayMs].map((near) => clock - offset(zone, near));
  const right = candidates.filter((at) => at + offset(zone, at) === clock);
  // An hour that a change of clocks leaves out begins with the change, where the offset before it leads; one that comes twice with the first.
  return new Date(right.length > 0 ? Math.min(...right) : (candidates[0] ?? clock));
};

/** The instant at which a day is over in a zone that is known, or a time. */
export const endOf = ({ clock, isDay }: Moment, zone: string): Date =>
  beginOf({ clock: isDay ? clock + dayMs : clock, isDay }, zone);

const offset = (zone: string, at: number): number => (zoneOffset(zone, new Date(at)) ?? 0) * minuteMs;
