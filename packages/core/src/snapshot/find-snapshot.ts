import { BackupError } from '../errors.ts';
import type { ListedSnapshot } from './snapshot-list.ts';

const datePattern = /^(\d{4})-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?)?$/;

/**
 * The snapshot that a person means: `latest`, `latest:SOURCE`, the beginning of an id (at least two digits; it has to be the only one),
 * or a date (`2026-11`, `2026-11-29`, `2026-11-29 04:30`): the last one that is not younger than that. NOT_FOUND when
 * there is none, USAGE when there are several.
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

/** Milliseconds since 1970, in local time. */
const endOf = (date: string): number => {
  const parts =
    datePattern
      .exec(date)
      ?.slice(1)
      .map((part) => (part === undefined ? undefined : Number(part))) ?? [];
  const [year = 0, month = 1, day, hour, minute, second] = parts;
  const start = (y: number, m: number, d: number): number =>
    Date.parse(`${iso(y, 4)}-${iso(m, 2)}-${iso(d, 2)}T00:00:00`);
  if (day === undefined) return month === 12 ? start(year + 1, 1, 1) : start(year, month + 1, 1);
  if (hour === undefined || minute === undefined) return start(year, month, day) + dayMs;
  const clock = `${iso(hour, 2)}:${iso(minute, 2)}:${iso(second ?? 0, 2)}`;
  return (
    Date.parse(`${iso(year, 4)}-${iso(month, 2)}-${iso(day, 2)}T${clock}`) + (second === undefined ? 60_000 : 1000)
  );
};

const dayMs = 24 * 60 * 60_000;
const iso = (value: number, digits: number): string => String(value).padStart(digits, '0');
