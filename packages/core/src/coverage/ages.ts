/** What a pipeline promised to do again and again: the last time, and how long it may be ago. */
import type { Shortfall } from './coverage.ts';

export type Age =
  | { readonly of: 'snapshot'; readonly source: string; readonly agoMs: number | undefined; readonly promisedMs: number }
  | {
      readonly of: 'proof';
      readonly destination: string;
      /** `undefined`: never. */
      readonly agoMs: number | undefined;
      readonly promisedMs: number;
      /** The last one found something wrong. */
      readonly failed: boolean;
    }
  | { readonly of: 'verify'; readonly destination: string; readonly overduePacks: number };

export const ageShortfalls = (ages: readonly Age[]): Shortfall[] => ages.flatMap(shortfallOf);

const shortfallOf = (age: Age): Shortfall[] => {
  switch (age.of) {
    case 'snapshot':
      if (age.agoMs !== undefined && age.agoMs < -hourMs) return [{ what: `the newest snapshot of "${age.source}" is in the future of this clock`, mend: 'set the clock; where it is right, forget that snapshot by its id with triplicate forget' }];
      if (age.agoMs !== undefined && age.agoMs <= age.promisedMs) return [];
      return [{ what: `"${age.source}" ${age.agoMs === undefined ? 'was never backed up' : `was last backed up ${spanText(age.agoMs)} ago`}`, mend: `triplicate backup ${age.source}` }];
    case 'proof':
      if (age.failed) return [{ what: `the last restore test of "${age.destination}" failed`, mend: `triplicate heal ${age.destination}, then triplicate proof ${age.destination}` }];
      if (age.agoMs !== undefined && age.agoMs < -hourMs) return [{ what: `"${age.destination}" was last proven to restore in the future of this clock`, mend: `set the clock, then triplicate proof ${age.destination}` }];
      if (age.agoMs !== undefined && age.agoMs <= age.promisedMs) return [];
      return [{ what: `"${age.destination}" ${age.agoMs === undefined ? 'was never proven to restore' : `was last proven to restore ${spanText(age.agoMs)} ago`}`, mend: `triplicate proof ${age.destination}` }];
    case 'verify':
      if (age.overduePacks === 0) return [];
      return [{ what: `${age.overduePacks === 1 ? 'a pack' : `${age.overduePacks} packs`} of "${age.destination}" ${age.overduePacks === 1 ? 'was' : 'were'} not read for too long`, mend: `triplicate check ${age.destination} --due` }];
  }
};

const hourMs = 3_600_000;

/** For people. */
export const spanText = (ms: number): string => {
  const hours = Math.floor(ms / hourMs);
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
};
