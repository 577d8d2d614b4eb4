import { formatWhole } from '@triplicate/core';

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

const unitOf = (bytes: number): number => {
  let unit = 0;
  for (let value = bytes; value >= 1000 && unit < units.length - 1; value /= 1024) unit += 1;
  return unit;
};

/** Three digits at most, in the given unit. */
const inUnit = (bytes: number, unit: number): string => {
  const value = bytes / 1024 ** unit;
  return value.toFixed(unit === 0 || value >= 100 || value === 0 ? 0 : value >= 10 ? 1 : 2);
};

/** Three digits and a unit, e.g. `0 B`, `1.24 KiB`, `52.6 MiB`, `640 GiB`. */
export const formatBytes = (bytes: number): string => `${inUnit(bytes, unitOf(bytes))} ${units[unitOf(bytes)]}`;

/** So much of so much, in one unit, e.g. `1.24 of 2.30 GiB`. */
export const formatBytesOf = (done: number, total: number): string => {
  const unit = unitOf(Math.max(done, total));
  return `${inUnit(done, unit)} of ${inUnit(total, unit)} ${units[unit]}`;
};

/** `1 file`, `12,345 files`; the plural is made with an s unless it is given. */
export const formatCount = (count: number, one: string, many = `${one}s`): string =>
  `${formatNumber(count)} ${count === 1 ? one : many}`;

export const formatNumber = formatWhole;

/** For a clock on the screen: `0:07`, `12:34`, `1:02:03`. */
export const formatClock = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours === 0 ? `${minutes}:${two(whole % 60)}` : `${hours}:${two(minutes)}:${two(whole % 60)}`;
};

/** For sentences: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 days`. */
export const formatDuration = (ms: number): string => {
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return joinParts(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 48 * 3600) return joinParts(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  return formatCount(Math.round(whole / 86_400), 'day');
};

const joinParts = (large: number, unit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;

/** `just now`, `12 min ago`, `5 h ago`, `3 days ago`. */
export const formatAgo = (ms: number): string => {
  // By a clock that is or was wrong.
  if (ms < -60 * 60_000) return `${formatAgo(-ms).replace(/ ago$/, '')} in the future`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `${formatCount(Math.floor(minutes / (24 * 60)), 'day')} ago`;
};

/** On the clock of this machine. */
export const localTime = (ms: number): string => {
  const shifted = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19).replace('T', ' ');
};

/** As it was where it was made: `2026-11-29 04:29:56` of a timestamp with its offset. */
export const formatTimestamp = (timestamp: string): string => timestamp.slice(0, 19).replace('T', ' ');

/** The first eight digits, as restic shows them. */
export const shortId = (id: string): string => id.slice(0, 8);

/** `a`, `a and b`, `a, b and c`. */
export const formatList = (parts: readonly string[]): string => join(parts, 'and');

export const formatChoice = (parts: readonly string[]): string => join(parts, 'or');

const join = (parts: readonly string[], last: string): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} ${last} ${parts.at(-1)}`;
