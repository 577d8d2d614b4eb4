import { chartStyle, escapeText } from './chart-style.ts';
import { withUnit, type Row } from './rows.ts';

const labelWidth = 270;
const barWidth = 420;
const noteWidth = 190;
const lineHeight = 26;
const top = 54;

/** Bars of wall time in parts of restic's, whose own is the line at 1. Readable on light and dark pages. */
export const renderChart = (rows: readonly Row[], title: string): string => {
  const bars = rows.filter((row) => row.measure === 'wall' && row.who === 'restic' && row.ratio !== undefined);
  const most = Math.max(1.2, ...bars.map(({ ratio = 0 }) => ratio));
  const scale = barWidth / most;
  const width = labelWidth + barWidth + noteWidth;
  const height = top + bars.length * lineHeight + 14;
  const one = (labelWidth + scale).toFixed(1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">`,
    chartStyle,
    `<rect class="card" width="${width}" height="${height}" rx="6"/>`,
    `<title>${escapeText(title)}</title>`,
    `<text x="8" y="20" font-weight="600">${escapeText(title)}</text>`,
    `<text class="note" x="${one}" y="${top - 10}" text-anchor="middle">restic = 1</text>`,
    ...bars.map((row, i) => bar(row, { y: top + i * lineHeight, scale })),
    `<line class="one" x1="${one}" y1="${top - 4}" x2="${one}" y2="${height - 10}" stroke-dasharray="4 3"/>`,
    '</svg>',
    '',
  ].join('\n');
};

const bar = (row: Row, { y, scale }: { readonly y: number; readonly scale: number }): string => {
  const { work, ours, theirs = 0, ratio = 0, measure } = row;
  const width = ratio * scale;
  const note = `${ratio.toFixed(2)}  (${withUnit(ours, measure)} : ${withUnit(theirs, measure)})`;
  // A bar that ends before the line at 1 would have its note cut by the line.
  const noteAt = labelWidth + Math.max(width, scale) + 8;
  return [
    `<text x="${labelWidth - 10}" y="${y + 15}" text-anchor="end">${escapeText(work)}</text>`,
    `<rect class="${ratio > 1 ? 'over' : 'bar'}" x="${labelWidth}" y="${y + 3}" width="${width.toFixed(1)}" height="16" rx="2"/>`,
    `<text class="note" x="${noteAt.toFixed(1)}" y="${y + 15}">${note}</text>`,
  ].join('');
};
