import { withUnit, type Row } from './rows.ts';

export const heads = ['work', 'measure', 'triplicate', 'against', '', 'ratio', 'at most', ''] as const;
/** Columns of words; the others hold figures, which stand right. */
export const left: ReadonlySet<number> = new Set([0, 1, 3, 7]);

/** The table as text, aligned, one line a row. */
export const renderTable = (rows: readonly Row[]): string => {
  const lines = [[...heads], ...rows.map(cellsOf)];
  const widths = heads.map((_, column) => Math.max(...lines.map((cells) => (cells[column] ?? '').length)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return left.has(column) ? cell.padEnd(width) : cell.padStart(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** What stands in the columns. */
export const cellsOf = ({ work, measure, ours, who, against, theirs, ratio, atMost, holds }: Row): string[] => [
  work,
  measure,
  withUnit(ours, measure),
  against === undefined ? who : against,
  theirs === undefined ? 'not installed' : withUnit(theirs, measure),
  ratio === undefined ? '' : ratio.toFixed(2),
  atMost === undefined ? '' : atMost.toFixed(2),
  holds === false ? 'missed' : '',
];
