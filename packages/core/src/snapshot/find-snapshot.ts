import { BackupError } from '../errors.ts';
import type { ListedSnapshot } from './snapshot-list.ts';

const datePattern =
  /^(\d{4})-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:(\.\d{1,9})?(Z|[+-]\d{2}:\d{2}))?)?)?)?$/;

/**
 * The snapshot that a person means: `latest`, `latest:SOURCE`, the beginning of an id (at least two digits; it has to be the only one),
 * or a date (`2026-11`, `2026-11-29`, `2026-11-29 04:30`, or as `--json` prints it, `2026-11-29T04:30:00.125+01:00`): the last one that
 * is not younger than that. NOT_FOUND when there is none, USAGE when there are several or the date is none.
 */
export const findSnapshot = (snapshots: readonly ListedSnapshot[], wanted: string): ListedSnapshot => {
  if (snapshots.length === 0)
    throw new BackupError('NOT_FOUND', 'there is no snapshot yet', { hint: 'run `triplicate backup`' });
  if (wanted === 'latest' || wanted.startsWith('latest:')) return latest(snapshots, wanted.slice('latest:'.length));
  if (datePattern.test(wanted)) return lastBefore(snapshots, wanted);
  if (!/^[0-9a-f]{2,64}$/.test(wanted)) {
    throw new BackupError('NOT_FOUND', `"${wanted}" names no snapshot`, {
      hint: 'give the beginning of an id, `latest`, `latest:SOURCE` or a date like 2026-11-29; `triplicate snapshots` lists them',
    });
  }
  const found = snapshots.filter(({ id }) => id.startsWith(wanted));
  const [only] = found;
  if (!only)
    throw new BackupError('NOT_FOUND', `no snapshot "${wanted}"`, { hint: '`triplicate snapshots` lists them' });
  if (found.length > 1) {
    const ids = found.map(({ id }) => id.slice(0, 12)).join(', ');
    throw new BackupError('USAGE', `"${wanted}" is the beginning of ${found.length} snapshots: ${ids}`, {
      hint: 'give more digits',
    });
  }
  return only;
};

const latest = (snapshots: readonly ListedSnapshot[], source: string): ListedSnapshot => {
  const found = source === '' ? snapshots.at(-1) : snapshots.findLast((snapshot) => snapshot.source === source);
  if (found) return found;
  const names = [...new Set(snapshots.map((snapshot) => snapshot.source).filter((name) => name !== undefined))].join(
    ', ',
  );
  throw new BackupError('NOT_FOUND', `no snapshot of source "${source}"`, { hint: `there are snapshots of: ${names}` });
};

/** A date without a time means to its end: what was there when that day or month was over. */
const lastBefore = (snapshots: readonly ListedSnapshot[], date: string): ListedSnapshot => {
  const end = endOf(date);
  const found = snapshots.findLast(({ timeNs }) => Number(timeNs / 1_000_000n) < end);
  if (!found)
    throw new BackupError('NOT_FOUND', `no snapshot is as old as ${date}`, {
      hint: '`triplicate snapshots` lists them',
    });
  return found;
};

/** The first millisecond since 1970 that is no part of it; in local time where no zone is named. */
const endOf = (date: string): number => {
  const [, ...parts] = datePattern.exec(date) ?? [];
  const [year = 0, month = 1, day, hour, minute = 0, second] = parts.slice(0, 6).map(numberOf);
  const [fraction, zone] = parts.slice(6);
  const isTime = (hour ?? 0) < 24 && minute < 60 && (second ?? 0) < 60;
  if (month < 1 || month > 12 || (day ?? 1) < 1 || (day ?? 1) > daysOf(year, month) || !isTime)
    throw new BackupError('USAGE', `there is no such time as ${date}`, {
      hint: 'write it like 2026-11, 2026-11-29 or "2026-11-29 04:30"',
    });
  if (zone !== undefined) return Date.parse(date.replace(' ', 'T')) + (fraction === undefined ? 1000 : 1);
  if (day === undefined) return new Date(year, month, 1).getTime();
  if (hour === undefined) return new Date(year, month - 1, day + 1).getTime();
  return new Date(year, month - 1, day, hour, minute, second ?? 0).getTime() + (second === undefined ? 60_000 : 1000);
};

const numberOf = (part: string | undefined): number | undefined => (part === undefined ? undefined : Number(part));
const daysOf = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();
