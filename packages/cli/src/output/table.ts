import { wrapAnsi } from 'fast-wrap-ansi';
import type { Style } from './style.ts';
import { cut, padEnd, padStart, widthOf } from './width.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Words that may be cut where there is no room; anything else is whole, so that it can be copied. */
  readonly words?: boolean;
  /** Of the last one: sentences, which go on under their beginning where there is no room. */
  readonly prose?: boolean;
}

/** Between two columns. */
const gap = 2;
/** Less than this says nothing. */
const leastWords = 16;

/**
 * Aligned columns under their titles, two spaces apart. Nothing is cut, so that what is copied from it is whole, unless `room` says how many
 * columns the terminal has: then words are, and what is too long besides goes on in the next line.
 */
export const formatTable = (
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: Style,
  room = Infinity,
): string => {
  const natural = columns.map(({ title }, i) => Math.max(widthOf(title), ...rows.map((row) => widthOf(row[i] ?? ''))));
  const widths = fit(columns, natural, room);
  const line = (cells: readonly string[]): string => lineOf(columns, widths, cells);
  const title = style.faint(line(columns.map((column) => column.title)));
  return [title, ...rows.map(line)].join('\n');
};

/** Words give up what is missing first, then what is aligned to the left. */
const fit = (columns: readonly Column[], natural: readonly number[], room: number): readonly number[] => {
  const widths = [...natural];
  const missing = (): number => widths.reduce((sum, width) => sum + width + gap, -gap) - room;
  const shrink = (i: number, least: number): void => {
    const width = widths[i] ?? 0;
    widths[i] = Math.max(Math.min(width, least), width - Math.max(0, missing()));
  };
  for (const [i, { words }] of columns.entries()) if (words === true) shrink(i, leastWords);
  const last = columns.length - 1;
  if (columns[last]?.prose === true) shrink(last, leastWords);
  for (const [i, { align, words }] of columns.entries())
    if (align !== 'right' && words !== true) shrink(i, widthOf(columns[i]?.title ?? ''));
  return widths;
};

/** A cell that has no room in its column ends its line; the rest stands in its columns in the next one. */
const lineOf = (columns: readonly Column[], widths: readonly number[], cells: readonly string[]): string => {
  const lines: string[] = [];
  let line = '';
  let at = 0;
  for (const [i, { align, words, prose }] of columns.entries()) {
    const width = widths[i] ?? 0;
    const cell = cells[i] ?? '';
    if (prose === true && widthOf(cell) > width) {
      const [first = '', ...rest] = wrapAnsi(cell, width, { trim: true }).split('\n');
      lines.push(padEnd(line, at) + first, ...rest.map((more) => ' '.repeat(at) + more));
      line = '';
      continue;
    }
    const shown = words === true ? cut(cell, width) : cell;
    line = padEnd(line, at) + (align === 'right' ? padStart(shown, width) : shown);
    if (widthOf(shown) > width) {
      lines.push(line);
      line = '';
    }
    at += width + gap;
  }
  return [...lines, line]
    .map((one) => one.trimEnd())
    .filter((one, i) => one !== '' || i === 0)
    .join('\n');
};
