import { formatBytes, formatBytesOf, formatClock, formatCount, formatNumber } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { cut, cutStart, padEnd, padStart, widthOf } from '../output/width.ts';
import type { LaneRow, ProgressModel, SourceRow, WorkRow } from './model.ts';

export interface FrameOptions {
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
  /** Whether the terminal shows more than ASCII. */
  readonly unicode: boolean;
  /** Milliseconds, on the clock of the model's events. */
  readonly now: number;
}

interface Bar {
  readonly name: string;
  /** 0 to 1; `undefined` draws no bar. */
  readonly share: number | undefined;
  readonly text: string;
  readonly paint?: ((text: string) => string) | undefined;
  /** A second line. */
  readonly below?: string | undefined;
}

const longestName = 20;
const widestBar = 24;
const narrowestBar = 8;
/** So that bars do not change their width when texts do. */
const usualText = 47;

/** The lines of the live display, each narrower than the terminal so that none wraps, and never more than the terminal has rows. */
export const drawFrame = (model: ProgressModel, options: FrameOptions): string[] => {
  const bars = [
    ...[...model.sources.values()].map((row) => sourceBar(row, options)),
    ...model.lanesInOrder.map((row) => laneBar(row, model.readShare, options)),
    ...[...model.works.values()].map((row) => workBar(row, options)),
  ];
  const columns = options.columns - 1;
  const nameWidth = Math.min(
    Math.max(0, ...bars.map(({ name }) => widthOf(name))),
    longestName,
    Math.floor(columns / 4),
  );
  const textWidth = Math.max(
    0,
    ...bars.filter(({ share }) => share !== undefined).map(({ text }) => widthOf(text)),
    usualText,
  );
  const barWidth = Math.min(widestBar, columns - nameWidth - textWidth - 4);
  const layout = { ...options, columns, nameWidth, barWidth };
  return fit(
    bars.flatMap((bar) => drawBar(bar, layout)),
    options,
  );
};

interface Layout extends FrameOptions {
  readonly nameWidth: number;
  readonly barWidth: number;
}

const drawBar = ({ name, share, text, paint, below }: Bar, layout: Layout): string[] => {
  const { columns, nameWidth, barWidth, style } = layout;
  const parts = [style.strong(padEnd(cut(name, nameWidth), nameWidth))];
  const hasGauge = barWidth >= narrowestBar;
  if (hasGauge) parts.push(share === undefined ? ' '.repeat(barWidth) : drawGauge(share, layout));
  const indent = nameWidth + 2;
  const shown = cut(text, columns - indent - (hasGauge ? barWidth + 2 : 0));
  parts.push(paint ? paint(shown) : shown);
  const second = below === undefined ? [] : [' '.repeat(indent) + style.faint(cutStart(below, columns - indent))];
  return [parts.join('  '), ...second];
};

const drawGauge = (share: number, { barWidth, unicode, style }: Layout): string => {
  const full = Math.min(barWidth, Math.floor(share * barWidth));
  const [done, left] = unicode ? ['█', '░'] : ['#', '.'];
  return style.code(done.repeat(full)) + style.faint(left.repeat(barWidth - full));
};

/** What does not fit is counted. */
const fit = (lines: readonly string[], { rows, columns, style }: FrameOptions): string[] => {
  const most = Math.max(1, rows - 1);
  if (lines.length <= most) return [...lines];
  return [...lines.slice(0, most - 1), style.faint(cut(`and ${lines.length - most + 1} more lines`, columns - 1))];
};

/** Fields of a fixed width, so that a frame does not jitter: a share (or why there is none), an amount, a rate, and what is left. */
const fields = (share: string, amount: string, rate: string, left: string): string => {
  const first = padStart(share, 4);
  return `${first} ${padStart(amount, 20 - widthOf(first))} ${padStart(rate, 10)}  ${left}`.trimEnd();
};

const rateText = (perSecond: number | undefined): string =>
  perSecond === undefined ? '' : `${formatBytes(perSecond)}/s`;
const leftText = (seconds: number | undefined): string => (seconds === undefined ? '' : `${formatClock(seconds)} left`);
const percentText = (share: number | undefined): string => (share === undefined ? '' : `${Math.floor(share * 100)}%`);

const tick = (unicode: boolean): string => (unicode ? '✓' : 'ok');

const sourceBar = ({ name, progress, rate, waiting }: SourceRow, { now, style, unicode }: FrameOptions): Bar => {
  if (waiting !== undefined) return { name, share: undefined, text: waiting, paint: style.caution };
  if (!progress) return { name, share: undefined, text: 'starting', paint: style.faint };
  const { bytesDone, bytesTotal, filesDone, finished, errors, current, counting } = progress;
  const files = formatCount(filesDone, 'file');
  const unread = errors > 0 ? `, ${formatNumber(errors)} unreadable` : '';
  if (finished) {
    const text = `${tick(unicode)} read ${formatBytes(bytesDone)}, ${files}${unread}`;
    return { name, share: 1, text, paint: errors > 0 ? style.caution : style.good };
  }
  const share = bytesTotal ? Math.min(1, bytesDone / bytesTotal) : undefined;
  const done = bytesTotal ? formatBytesOf(Math.min(bytesDone, bytesTotal), bytesTotal) : formatBytes(bytesDone);
  const left = bytesTotal ? leftText(rate.secondsFor(Math.max(0, bytesTotal - bytesDone), now)) : files;
  const text = fields(counting ? 'counting' : percentText(share), done, rateText(rate.perSecond(now)), left) + unread;
  return { name, share: share ?? 0, text, below: current };
};

const laneBar = (
  { name, progress, rate, share }: LaneRow,
  readShare: number | undefined,
  { now, style, unicode }: FrameOptions,
): Bar => {
  const { state, bytesStored, bytesWaiting } = progress;
  const stored = formatBytes(bytesStored);
  const plain = (text: string, paint: (text: string) => string): Bar => ({ name, share: undefined, text, paint });
  switch (state) {
    case 'stored':
      return { name, share: 1, text: `${tick(unicode)} stored ${stored}`, paint: style.good };
    case 'failed':
      return plain(`${unicode ? '✗ ' : ''}failed`, style.bad);
    case 'behind':
    case 'locked':
    case 'skipped':
      return plain(state, style.caution);
    case 'committing':
      return { name, share: 1, text: `finishing, ${stored}`, paint: style.faint };
    case 'catching-up':
    case 'writing':
    case 'waiting': {
      const seconds = readShare === 1 && bytesWaiting > 0 ? rate.secondsFor(bytesWaiting, now) : undefined;
      // While the source is read it is no more than a queue: what it will still send is not in it.
      const queue = bytesWaiting > 0 ? `${formatBytes(bytesWaiting)} ${readShare === 1 ? 'left' : 'waits'}` : '';
      return {
        name,
        share: share ?? 0,
        text: fields(
          percentText(share),
          stored,
          rateText(rate.perSecond(now)),
          seconds === undefined ? queue : leftText(seconds),
        ),
        below: state === 'catching-up' ? 'catching up from the others' : undefined,
      };
    }
  }
};

const workBar = ({ work, destination, progress, rate }: WorkRow, { now, style, unicode }: FrameOptions): Bar => {
  const { done, total, unit, current, finished } = progress;
  const name = destination ?? work;
  const verb = destination === undefined ? '' : `${work}: `;
  const amount = unit === 'bytes' ? formatBytes(done) : formatCount(done, unit.slice(0, -1));
  if (finished ?? (total !== undefined && done >= total)) {
    return { name, share: 1, text: `${tick(unicode)} ${verb}${amount}`, paint: style.good };
  }
  const share = total ? Math.min(1, done / total) : undefined;
  const of =
    total === undefined
      ? amount
      : unit === 'bytes'
        ? formatBytesOf(done, total)
        : `${formatNumber(done)} of ${formatCount(total, unit.slice(0, -1))}`;
  const left = total === undefined ? undefined : rate.secondsFor(total - done, now);
  const speed = unit === 'bytes' ? rateText(rate.perSecond(now)) : '';
  return {
    name,
    share: share ?? 0,
    text: `${verb}${fields(percentText(share), of, speed, leftText(left)).trimStart()}`,
    below: current,
  };
};
