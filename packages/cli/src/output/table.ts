import type { Style } from './style.ts';
import { padEnd, padStart, widthOf } from './width.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Aligned columns under their titles, two spaces apart; nothing is cut, so that what is copied from it is whole. */
export const formatTable = (columns: readonly Column[], rows: readonly (readonly string[])[], style: Style): string => {
  const widths = columns.map(({ title }, i) => Math.max(widthOf(title), ...rows.map((row) => widthOf(row[i] ?? ''))));
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, i) => (align === 'right' ? padStart : padEnd)(cells[i] ?? '', widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  const title = style.faint(line(columns.map((column) => column.title)));
  return [title, ...rows.map(line)].join('\n');
};
