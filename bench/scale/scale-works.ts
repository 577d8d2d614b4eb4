import { type Comparison, withRestic } from '../report/comparisons.ts';
import type { Sample } from '../report/samples.ts';
import type { Cost } from '../tools/measure.ts';
import type { Bench } from '../works/bench.ts';
import { grownTrees } from './grown-trees.ts';
import { largeRepository } from './large-repository.ts';
import { type Grown, scaleNames } from './names.ts';
import type { OpenedIndex } from './open-index.ts';
import type { ScaleSizes } from './sizes.ts';

/** One point of the cost curve. */
export interface CurvePoint {
  readonly kind: Grown;
  readonly amount: number;
  readonly run: 'first' | 'unchanged';
  readonly who: 'triplicate' | 'restic';
  readonly cost: Cost;
}

export interface ScaleResult {
  readonly index: OpenedIndex;
  /** What key files asked of scrypt. */
  readonly scrypt: readonly string[];
  readonly curve: readonly CurvePoint[];
}

/** Everything once: it takes long, and what it looks for are not percents. */
export const scaleWorks = async (bench: Bench, source: string, sizes: ScaleSizes): Promise<ScaleResult> => {
  const { index, scrypt } = await largeRepository(bench, sizes.synthetic);
  await grownTrees(bench, source, sizes);
  return {
    index,
    scrypt,
    curve: [...pointsOf('files', sizes.files, bench.samples), ...pointsOf('bytes', sizes.bytes, bench.samples)],
  };
};

const pointsOf = (kind: Grown, amounts: readonly number[], samples: readonly Sample[]): readonly CurvePoint[] =>
  amounts.flatMap((amount) =>
    (['first', 'unchanged'] as const).flatMap((run) =>
      samples
        .filter(({ work }) => work === scaleNames[run](kind, amount))
        .flatMap(({ who, cost }) =>
          who === 'triplicate' || who === 'restic' ? [{ kind, amount, run, who, cost }] : [],
        ),
    ),
  );

/** Every work that was done against restic's, in the order in which they were done. */
export const scaleComparisons = (samples: readonly Sample[]): readonly Comparison[] =>
  [...new Set(samples.map(({ work }) => work))].flatMap((work) => withRestic(work, {}));

/** What the index takes, as a sentence. */
export const indexLine = ({ blobs, packs, tableBytes, residentBytes, seconds, peakBytes }: OpenedIndex): string =>
  `index of ${blobs.toLocaleString('en-US')} blobs in ${packs.toLocaleString('en-US')} packs: ` +
  `${(tableBytes / blobs).toFixed(1)} bytes a blob in the table (at most 48), the process grew by ${mebi(residentBytes)}, ` +
  `opened in ${seconds.toFixed(1)} s, peak ${mebi(peakBytes)}`;

const mebi = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
