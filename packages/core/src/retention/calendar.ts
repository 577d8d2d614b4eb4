/** The calendar on the wall where a snapshot was made: its own offset decides what its hour, day, week, month and year are. */
import { nsFromTimestamp } from '../repository/timestamp.ts';
import type { Timestamp } from '../repository/node.ts';

export const periods = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type Period = (typeof periods)[number];

const dayMs = 86_400_000;

/** A number that two snapshots share when they were made in the same hour, day, ISO week, month or year of their own clocks. */
export const periodOf: Readonly<Record<Period, (time: Timestamp) => number>> = {
  hourly: (time) => dayNumber(time) * 100 + wallTime(time).getUTCHours(),
  daily: (time) => dayNumber(time),
  weekly: (time) => weekNumber(wallTime(time)),
  monthly: (time) => wallTime(time).getUTCFullYear() * 100 + wallTime(time).getUTCMonth(),
  yearly: (time) => wallTime(time).getUTCFullYear(),
};

/** A date whose UTC fields are what a clock at the snapshot's place showed. */
const wallTime = (time: Timestamp): Date =>
  new Date(Number(nsFromTimestamp(time) / 1_000_000n) + offsetMinutesOf(time) * 60_000);

/**
 * How many milliseconds so many months are that end at this time. A day that a month does not have runs over into the next, as with restic: a
 * month before 31 March is 3 March.
 */
export const monthsBefore = (time: Timestamp, months: number): number => {
  const wall = wallTime(time);
  const before = new Date(wall);
  before.setUTCMonth(wall.getUTCMonth() - months);
  return wall.getTime() - before.getTime();
};

const offsetMinutesOf = (time: Timestamp): number => {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(time) ?? [];
  const offset = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
  return sign === '-' ? -offset : offset;
};

const dayNumber = (time: Timestamp): number => {
  const wall = wallTime(time);
  return (wall.getUTCFullYear() * 100 + wall.getUTCMonth()) * 100 + wall.getUTCDate();
};

/** The ISO week belongs to the year that its Thursday is in. */
const weekNumber = (wall: Date): number => {
  const weekday = (wall.getUTCDay() + 6) % 7;
  const thursday = new Date(wall.getTime() + (3 - weekday) * dayMs);
  const newYear = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return thursday.getUTCFullYear() * 100 + Math.floor((thursday.getTime() - newYear) / (7 * dayMs));
};
