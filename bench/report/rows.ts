import type { Comparison } from './comparisons.ts';
import { valuesOf, type Measure, type Sample } from './samples.ts';
import { median, pairedRatio } from './statistics.ts';

export interface Row extends Comparison {
  /** Medians, in seconds or bytes. */
  readonly ours: number;
  readonly theirs: number | undefined;
  readonly ratio: number | undefined;
  /** Undefined where nothing was promised, or nothing could be compared. */
  readonly holds: boolean | undefined;
}

/** The comparisons that were measured, in their order. Where the other program is missing our own figures stand alone. */
export const rowsOf = (comparisons: readonly Comparison[], samples: readonly Sample[]): readonly Row[] =>
  comparisons.flatMap((comparison) => {
    const { work, measure, who, against = work, atMost } = comparison;
    const ours = valuesOf(samples, { work, who: 'triplicate', measure });
    const theirs = valuesOf(samples, { work: against, who, measure });
    if (ours.size === 0 || (theirs.size === 0 && who !== 'restic')) return [];
    const ratio = pairedRatio(ours, theirs);
    return [
      {
        ...comparison,
        ours: median([...ours.values()]),
        theirs: theirs.size === 0 ? undefined : median([...theirs.values()]),
        ratio,
        holds: ratio === undefined || atMost === undefined ? undefined : ratio <= atMost,
      },
    ];
  });

const mib = 1024 * 1024;

/** A figure with its unit, three digits that count. */
export const withUnit = (value: number, measure: Measure): string => {
  if (measure === 'peak' || measure === 'stored') return `${(value / mib).toFixed(0)} MiB`;
  if (measure === 'requests') return `${value.toFixed(1)} a GB`;
  return value < 1 ? `${(value * 1000).toFixed(0)} ms` : `${value.toFixed(2)} s`;
};
