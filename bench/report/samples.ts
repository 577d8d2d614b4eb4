import type { Cost } from '../tools/measure.ts';

export type Who = 'triplicate' | 'restic' | 'borg' | 'rclone' | 'idevicebackup2' | 'node';
export type Measure = 'wall' | 'cpu' | 'peak' | 'stored' | 'requests';

/** One thing done once by one contestant. */
export interface Sample {
  readonly work: string;
  readonly who: Who;
  readonly round: number;
  readonly cost: Cost;
  /** What the repository holds afterwards, where that is of interest. */
  readonly storedBytes?: number;
  /** What was asked of a server for each gigabyte (10⁹ bytes) of the source. */
  readonly requestsPerGigabyte?: number;
}

const measures: Readonly<Record<Measure, (sample: Sample) => number | undefined>> = {
  wall: ({ cost }) => cost.seconds,
  cpu: ({ cost }) => cost.cpuSeconds,
  peak: ({ cost }) => cost.peakBytes,
  stored: ({ storedBytes }) => storedBytes,
  requests: ({ requestsPerGigabyte }) => requestsPerGigabyte,
};

/** What a contestant measured in a work, by round. Empty when it did not take part. */
export const valuesOf = (
  samples: readonly Sample[],
  which: { readonly work: string; readonly who: Who; readonly measure: Measure },
): ReadonlyMap<number, number> => {
  const values = new Map<number, number>();
  for (const sample of samples) {
    if (sample.work !== which.work || sample.who !== which.who) continue;
    const value = measures[which.measure](sample);
    if (value !== undefined) values.set(sample.round, value);
  }
  return values;
};
