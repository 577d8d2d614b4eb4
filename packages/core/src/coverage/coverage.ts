import type { Media } from '../destination/common-options.ts';
import { type Age, ageShortfalls } from './ages.ts';
import { copyShortfalls } from './copy-shortfalls.ts';
import { type OtherCopy, staleShortfalls } from './elsewhere.ts';
import { weakestFigures } from './figures.ts';

/** One copy of the pipeline's data, as far as the 3-2-1 rule asks. */
export interface Copy {
  readonly destination: string;
  readonly media: Media;
  readonly offsite: boolean;
  readonly immutable: boolean;
  /** A disk that is unplugged most of the time. */
  readonly offline?: boolean;
  /** It has the newest snapshot of every source. */
  readonly current: boolean;
  /** The last check found damage. */
  readonly damaged: boolean;
  readonly state?: 'current' | 'behind' | 'read-only' | 'away' | 'unreachable' | 'empty';
  /** How many snapshots it lacks. */
  readonly behindBy?: number;
  /** About how many bytes these take. */
  readonly lacksBytes?: number | undefined;
  readonly freeBytes?: number | undefined;
  /** A removable one that should have turned up by now. */
  readonly overdue?: boolean;
  /** `false` when this machine never saw a replica there. */
  readonly isKnown?: boolean;
  /** How long until no room is left, if it goes on as it did. */
  readonly fullInMs?: number | undefined;
  /** Two copies with the same are on one physical disk; absent when nobody knows. */
  readonly disk?: string | undefined;
}

/** A shortfall or an advice, with the one command or purchase that mends it. */
export interface Shortfall {
  readonly what: string;
  readonly mend: string;
}

export interface Coverage {
  readonly verdict: 'kept' | 'short';
  /** Of the source that is kept worst; the original counts as one, a phone while it was seen lately. */
  readonly copies: number;
  /** Whether the originals are among them. */
  readonly original: boolean;
  readonly media: number;
  readonly offsite: number;
  /** Copies that nobody at the computer can destroy: immutable, or unplugged. */
  readonly immutable: number;
  readonly errors: number;
  /** Each shortfall with what mends it. */
  readonly missing: readonly Shortfall[];
  /** What would make it better, and breaks no promise. */
  readonly advice: readonly Shortfall[];
}

export interface GoneOriginal {
  readonly source: string;
  readonly what: readonly string[];
}

export interface CoverageParts {
  readonly copies: readonly Copy[];
  /** Disks that the originals lie on, as far as they are known. */
  readonly originals?: readonly string[];
  /** Names of what is backed up, to which `others` belong. */
  readonly sources?: readonly string[];
  /** Originals that are not there now, and what of them is not: they are no copy. */
  readonly gone?: readonly GoneOriginal[];
  /** Copies that are not ours. */
  readonly others?: readonly OtherCopy[];
  /** What the pipeline promised to happen by now. */
  readonly ages?: readonly Age[];
}

/**
 * The 3-2-1-1-0 rule: three copies with the original, on two kinds of media, one of them off site, (better still one that cannot be
 * destroyed from here,) and none with errors. A copy that is not current does not count, nor the second of two on one disk; one on the
 * disk of the original is a copy, and no further medium. What the pipeline promised to do by now has to be done.
 */
export const computeCoverage = ({ copies, originals = [], sources = [], gone = [], others = [], ages = [] }: CoverageParts): Coverage => {
  const good = withoutTwins(copies.filter(({ current, damaged }) => current && !damaged));
  const facts = {
    ...weakestFigures({ good, originals, others, sources, gone }),
    immutable: good.filter(({ immutable, offline }) => immutable || offline === true).length,
    errors: copies.filter(({ damaged }) => damaged).length,
  };
  const held = facts.copies >= 3 && facts.media >= 2 && facts.offsite >= 1 && facts.errors === 0;
  const late = copies.some(({ overdue }) => overdue === true);
  const stale = staleShortfalls(others);
  const told = copies.filter(({ state }) => state !== 'read-only' || !held);
  const missing = [...copyShortfalls(told, { ...facts, good, originals, others, unbacked: ages.some((age) => age.of === 'snapshot' && age.agoMs === undefined) }), ...gone.map(goneShortfall), ...(held ? [] : stale), ...ageShortfalls(ages)];
  const advice = [
    ...(held ? stale : []),
    ...(facts.immutable > 0 || facts.copies < 2
      ? []
      : [{ what: 'no copy is immutable or offline', mend: 'unplug a disk, or add `immutable: 30d` to an S3 or Azure one' }]),
  ];
  return { verdict: held && !late && ageShortfalls(ages).length === 0 ? 'kept' : 'short', ...facts, missing, advice };
};

const goneShortfall = ({ source, what }: GoneOriginal): Shortfall => ({
  what: `the original of "${source}" is not there and does not count: ${what.map((one) => `"${one}"`).join(', ')}`,
  mend: `mount its disk, or bring it back with triplicate restore latest:${source}`,
});

/** The first of those on one disk. */
const withoutTwins = (copies: readonly Copy[]): Copy[] =>
  copies.filter(({ disk }, i) => disk === undefined || copies.findIndex((other) => other.disk === disk) === i);
