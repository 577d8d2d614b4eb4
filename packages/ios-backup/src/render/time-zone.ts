import { zoneOffset } from '../decode/zone-offset.ts';
import { contentLine } from './content-line.ts';

/** `20261129T042956` on the wall clock of a zone. */
export const localStamp = (zone: string, at: Date): string =>
  utcStamp(shift(at, zoneOffset(zone, at) ?? 0)).slice(0, -1);

/** `20261129T042956Z`. */
export const utcStamp = (at: Date): string => at.toISOString().replaceAll(/[-:]|\.\d+/g, '');

const shift = (at: Date, minutes: number): Date => new Date(at.getTime() + minutes * 60_000);

const dayMs = 86_400_000;

/** A VTIMEZONE with every change of the clock between two years, one by one: no rule has to be guessed. */
export const vTimeZone = (zone: string, fromYear: number, toYear: number): string => {
  const first = new Date(Date.UTC(fromYear, 0, 1));
  const end = Date.UTC(toYear + 1, 0, 1);
  let offset = zoneOffset(zone, first) ?? 0;
  let text = contentLine('BEGIN:VTIMEZONE') + contentLine(`TZID:${zone}`) + observance(first, offset, offset, false);
  const usual = offset;
  for (let at = first.getTime(); at < end; at += dayMs) {
    const next = zoneOffset(zone, new Date(at + dayMs)) ?? offset;
    if (next === offset) continue;
    const change = changeBetween(zone, at, at + dayMs, offset);
    text += observance(change, offset, next, next > Math.min(usual, offset));
    offset = next;
  }
  return text + contentLine('END:VTIMEZONE');
};

/** The instant at which the offset stops being `offset`, to the second. */
const changeBetween = (zone: string, low: number, high: number, offset: number): Date => {
  let [a, b] = [low, high];
  while (b - a > 1000) {
    const middle = Math.floor((a + b) / 2000) * 1000;
    if (zoneOffset(zone, new Date(middle)) === offset) a = middle;
    else b = middle;
  }
  return new Date(b);
};

/** The start of an observance is written on the wall clock before the change. */
const observance = (at: Date, from: number, to: number, summer: boolean): string => {
  const name = summer ? 'DAYLIGHT' : 'STANDARD';
  return [
    `BEGIN:${name}`,
    `DTSTART:${utcStamp(shift(at, from)).slice(0, -1)}`,
    `TZOFFSETFROM:${offsetText(from)}`,
    `TZOFFSETTO:${offsetText(to)}`,
    `END:${name}`,
  ]
    .map(contentLine)
    .join('');
};

const offsetText = (minutes: number): string => {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((n) =>
    String(n).padStart(2, '0'),
  );
  return `${minutes < 0 ? '-' : '+'}${hours}${rest}`;
};
