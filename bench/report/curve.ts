import type { Grown } from '../scale/names.ts';
import type { CurvePoint } from '../scale/scale-works.ts';
import { chartStyle, escapeText } from './chart-style.ts';
import { logAxis, type Axis } from './log-axis.ts';

const plot = { width: 230, height: 170, left: 58, top: 78, across: 305, down: 250 } as const;

const mib = 2 ** 20;
const kinds: Readonly<Record<Grown, { readonly unit: number; readonly label: string }>> = {
  files: { unit: 1, label: 'files' },
  bytes: { unit: mib, label: 'MiB' },
};

const measures = [
  { label: 'wall, s', of: ({ cost }: CurvePoint) => cost.seconds },
  { label: 'CPU, s', of: ({ cost }: CurvePoint) => cost.cpuSeconds },
  { label: 'peak memory, MiB', of: ({ cost }: CurvePoint) => cost.peakBytes && cost.peakBytes / mib },
] as const;

const series = [
  { who: 'triplicate', run: 'first', label: 'triplicate, first' },
  { who: 'triplicate', run: 'unchanged', label: 'triplicate, unchanged' },
  { who: 'restic', run: 'first', label: 'restic, first' },
  { who: 'restic', run: 'unchanged', label: 'restic, unchanged' },
] as const;
type Series = (typeof series)[number];

const lineClass = ({ who, run }: Series): string =>
  `class="line ${who === 'triplicate' ? 'ours' : 'theirs'}"${run === 'unchanged' ? ' stroke-dasharray="5 4"' : ''}`;

/** Wall, CPU and memory of first and unchanged backups against files and against bytes; all axes are logarithmic. */
export const renderCurve = (points: readonly CurvePoint[], title: string): string => {
  const width = plot.across * measures.length + 12;
  const height = plot.top + plot.down * 2 - 22;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    chartStyle,
    `<rect class="card" width="${width}" height="${height}" rx="6"/>`,
    `<title>${escapeText(title)}</title>`,
    `<text x="14" y="22" font-size="14" font-weight="600">${escapeText(title)}</text>`,
    ...series.map((one, i) => legend(one, 14 + i * 190)),
    ...(['files', 'bytes'] as const).flatMap((kind, row) =>
      measures.map((measure, column) =>
        panel(
          points.filter((point) => point.kind === kind),
          { kind, measure, x: plot.left + column * plot.across, y: plot.top + row * plot.down },
        ),
      ),
    ),
    '</svg>',
    '',
  ].join('\n');
};

const legend = (one: Series, x: number): string =>
  `<path ${lineClass(one)} d="M${x} 42h28"/><text x="${x + 35}" y="46">${one.label}</text>`;

interface Panel {
  readonly kind: Grown;
  readonly measure: (typeof measures)[number];
  readonly x: number;
  readonly y: number;
}

const panel = (points: readonly CurvePoint[], { kind, measure, x, y }: Panel): string => {
  const { unit, label } = kinds[kind];
  const across = logAxis(
    points.map(({ amount }) => amount / unit),
    { from: x, to: x + plot.width },
  );
  const up = logAxis(
    points.map((point) => measure.of(point) ?? 1),
    { from: y + plot.height, to: y },
  );
  const lines = series.map((one) => {
    const own = points.filter(({ who, run }) => who === one.who && run === one.run);
    const at = own.map((point) => `${across.at(point.amount / unit)} ${up.at(measure.of(point) ?? 1)}`);
    return at.length === 0 ? '' : `<path ${lineClass(one)} d="M${at.join('L')}"/>`;
  });
  return [
    `<text x="${x}" y="${y - 8}" font-weight="600">${measure.label}</text>`,
    ...grid(across, up, { x, y }),
    `<text class="note" x="${x + plot.width}" y="${y + plot.height + 32}" text-anchor="end">${label}</text>`,
    ...lines,
  ].join('');
};

const grid = (across: Axis, up: Axis, { x, y }: { readonly x: number; readonly y: number }): readonly string[] => [
  ...across.ticks.map(
    ({ at, label }) =>
      `<path class="grid" d="M${at} ${y}v${plot.height}"/><text class="note" x="${at}" y="${y + plot.height + 16}" text-anchor="middle">${label}</text>`,
  ),
  ...up.ticks.map(
    ({ at, label }) =>
      `<path class="grid" d="M${x} ${at}h${plot.width}"/><text class="note" x="${x - 6}" y="${Number(at) + 4}" text-anchor="end">${label}</text>`,
  ),
];
