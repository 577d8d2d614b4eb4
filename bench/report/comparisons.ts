import { works } from '../works/names.ts';
import type { Measure, Who } from './samples.ts';

/** One line of the table: our figure against another one. */
export interface Comparison {
  readonly work: string;
  readonly measure: Measure;
  readonly who: Who;
  /** The other one's work, where it is not the same. */
  readonly against?: string;
  /** What the ratio has to be at most. */
  readonly atMost?: number;
}

const every: readonly Measure[] = ['wall', 'cpu', 'peak'];

/** Wall, CPU and memory of a work against restic's; `limits` are what the ratios have to be at most. */
export const withRestic = (work: string, limits: Partial<Record<Measure, number>>): readonly Comparison[] =>
  every.map((measure) => {
    const atMost = limits[measure];
    return { work, measure, who: 'restic', ...(atMost === undefined ? {} : { atMost }) };
  });

/** Every figure is held against the same work of restic, and two against ourselves and Node. */
export const comparisons: readonly Comparison[] = [
  ...withRestic(works.first, { wall: 0.5, cpu: 0.65, peak: 2 }),
  { work: works.first, measure: 'stored', who: 'restic', atMost: 1.02 },
  { work: works.first, measure: 'wall', who: 'borg' },
  ...withRestic(works.three, { wall: 0.25, peak: 2 }),
  { work: works.three, measure: 'wall', who: 'triplicate', against: works.first, atMost: 1.5 },
  ...withRestic(works.unchanged, { wall: 0.6 }),
  { work: works.unchanged, measure: 'wall', who: 'borg' },
  ...withRestic(works.churn, { wall: 0.45 }),
  ...withRestic(works.restoreAll, { wall: 0.6 }),
  ...withRestic(works.restoreOne, { wall: 0.8 }),
  ...withRestic(works.check, { wall: 1 }),
  ...withRestic(works.catchUp, { wall: 0.25 }),
  ...withRestic(works.uploadS3, { wall: 0.9 }),
  { work: works.uploadS3, measure: 'requests', who: 'restic', atMost: 1 },
  { work: works.uploadS3, measure: 'wall', who: 'rclone' },
  { work: works.uploadS3, measure: 'requests', who: 'rclone' },
  ...withRestic(works.wideFirst, {}),
  ...withRestic(works.wideUnchanged, { wall: 0.6 }),
  { work: works.phoneFirst, measure: 'wall', who: 'idevicebackup2', atMost: 1 },
  { work: works.phoneFirst, measure: 'peak', who: 'idevicebackup2' },
  { work: works.phoneThree, measure: 'wall', who: 'idevicebackup2', against: works.phoneFirst, atMost: 1.25 },
  { work: works.phoneAgain, measure: 'wall', who: 'idevicebackup2' },
  { work: works.startUp, measure: 'wall', who: 'node', atMost: 2.5 },
];
