import { formatBytes, formatClock, formatNumber } from '../output/format.ts';
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

/** The lines of the live display, each narrower than the terminal so that none wraps, and never more than the terminal has rows. */
export const drawFrame = (model: ProgressModel, options: FrameOptions): string[] => {
  const bars = [
    ...[...model.sources.values()].map((row) => sourceBar(row, options)),
    ...[...model.lanes.values()].map((row) => laneBar(row, model.readShare, options)),
    ...[...model.works.values()].map((row) => workBar(row, options)),
  ];
  const columns = options.columns - 1;
  const nameWidth = Math.min(
    Math.max(0, ...bars.map(({ name }) => widthOf(name))),
    longestName,
    Math.floor(columns / 4),
  );
  const textWidth = Math.max(0, ...bars.filter(({ share }) => share !== undefined).map(({ text }) => widthOf(text)));
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
  if (barWidth >= narrowestBar) parts.push(share === undefined ? ' '.repeat(barWidth) : drawGauge(share, layout));
  parts.push(paint ? paint(text) : text);
  const indent = nameWidth + 2;
  const second = below === undefined ? [] : [' '.repeat(indent) + style.faint(cutStart(below, columns - indent))];
  return [cut(parts.join('  '), columns), ...second];
};

const drawGauge = (share: number, { barWidth, unicode, style }: Layout): string => {
  const full = Math.min(barWidth, Math.floor(share * barWidth));
  const [done, left] = unicode ? ['█', '░'] : ['#', '.'];
  return style.code(done.repeat(full)) + style.faint(left.repeat(barWidth - full));
};

/** What does not fit is counted. */
const fit = (lines: readonly string[], { rows, style }: FrameOptions): string[] => {
  const most = Math.max(1, rows - 1);
  if (lines.length <= most) return [...lines];
  return [...lines.slice(0, most - 1), style.faint(`and ${lines.length - most + 1} more lines`)];
};

/** Fields of a fixed width, so that a frame does not jitter. */
const rateText = (perSecond: number | undefined): string =>
  padStart(perSecond === undefined ? '' : `${formatBytes(perSecond)}/s`, 10);
const leftText = (seconds: number | undefined): string =>
  padEnd(seconds === undefined ? '' : `${formatClock(seconds)} left`, 10);
const percentText = (share: number | undefined): string =>
  padStart(share === undefined ? '' : `${Math.floor(share * 100)}%`, 4);

const sourceBar = ({ name, progress, rate, waiting }: SourceRow, { now, style, unicode }: FrameOptions): Bar => {
  if (waiting !== undefined) return { name, share: undefined, text: waiting, paint: style.caution };
  if (!progress) return { name, share: undefined, text: 'starting', paint: style.faint };
  const { bytesDone, bytesTotal, filesDone, finished, errors, current } = progress;
  const files = `${formatNumber(filesDone)} ${filesDone === 1 ? 'file' : 'files'}`;
  const unread = errors > 0 ? `, ${formatNumber(errors)} unreadable` : '';
  if (finished) {
    const read = `${unicode ? '✓' : 'ok'} read ${formatBytes(bytesDone)}, ${files}${unread}`;
    return { name, share: undefined, text: read, paint: errors > 0 ? style.caution : style.good };
  }
  const share = bytesTotal ? Math.min(1, bytesDone / bytesTotal) : undefined;
  const done = bytesTotal
    ? `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`
    : `${formatBytes(bytesDone)}, ${files}`;
  const left = bytesTotal ? rate.secondsFor(bytesTotal - bytesDone, now) : undefined;
  const text =
    `${percentText(share)} ${padStart(done, 20)} ${rateText(rate.perSecond(now))} ${leftText(left)}${unread}`.trimEnd();
  return { name, share: share ?? 0, text, below: current };
};

const laneBar = (
  { name, progress, rate }: LaneRow,
  readShare: number | undefined,
  { now, style, unicode }: FrameOptions,
): Bar => {
  const { state, bytesStored, bytesWaiting } = progress;
  const stored = formatBytes(bytesStored);
  const plain = (text: string, paint: (text: string) => string): Bar => ({ name, share: undefined, text, paint });
  switch (state) {
    case 'stored':
      return plain(`${unicode ? '✓' : 'ok'} stored ${stored}`, style.good);
    case 'failed':
      return plain(`${unicode ? '✗ ' : ''}failed`, style.bad);
    case 'behind':
    case 'locked':
    case 'skipped':
      return plain(state, style.caution);
    case 'committing':
      return plain(`finishing, ${stored}`, style.faint);
    case 'writing':
    case 'waiting':
    case 'catching-up': {
      const taken = bytesStored + bytesWaiting === 0 ? 1 : bytesStored / (bytesStored + bytesWaiting);
      const share = taken * (readShare ?? 1);
      const word =
        state === 'catching-up' ? 'catching up' : bytesWaiting > 0 ? `${formatBytes(bytesWaiting)} to go` : '';
      const left = readShare === 1 && bytesWaiting > 0 ? rate.secondsFor(bytesWaiting, now) : undefined;
      const time = left === undefined ? '' : ` ${leftText(left)}`;
      const text = `     ${padStart(stored, 20)} ${rateText(rate.perSecond(now))}${time} ${word}`.trimEnd();
      return { name, share, text };
    }
  }
};

const workBar = ({ work, destination, progress, rate }: WorkRow, { now, style, unicode }: FrameOptions): Bar => {
  const { done, total, unit, current, finished } = progress;
  const name = destination ?? work;
  const verb = destination === undefined ? '' : `${work} `;
  const amount = (value: number): string => (unit === 'bytes' ? formatBytes(value) : formatNumber(value));
  const unitText = unit === 'bytes' ? '' : ` ${unit}`;
  const of = total === undefined ? '' : ` of ${amount(total)}`;
  if (finished === true || (total !== undefined && done >= total)) {
    return {
      name,
      share: undefined,
      text: `${unicode ? '✓' : 'ok'} ${verb}${amount(done)}${unitText}`,
      paint: style.good,
    };
  }
  const share = total ? Math.min(1, done / total) : undefined;
  const left = total === undefined ? undefined : rate.secondsFor(total - done, now);
  const speed = unit === 'bytes' ? ` ${rateText(rate.perSecond(now))}` : '';
  const text = `${percentText(share)} ${verb}${amount(done)}${of}${unitText}${speed} ${leftText(left)}`.trimEnd();
  return { name, share: share ?? 0, text, below: current };
};
