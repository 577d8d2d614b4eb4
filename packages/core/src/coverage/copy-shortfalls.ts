/** What the copies lack, each with what mends it. */
import type { Copy, Shortfall } from './coverage.ts';
import { formatWhole } from '../whole-number.ts';
import { isFresh, type OtherCopy } from './elsewhere.ts';

export interface CopyFacts {
  readonly copies: number;
  readonly media: number;
  readonly offsite: number;
  readonly errors: number;
  /** Those that count. */
  readonly good: readonly Copy[];
  readonly originals: readonly string[];
  /** Those that are not ours. */
  readonly others: readonly OtherCopy[];
  /** Some source has no snapshot at all, which is told by itself. */
  readonly unbacked: boolean;
}

export const copyShortfalls = (copies: readonly Copy[], facts: CopyFacts): Shortfall[] => [
  ...copies.flatMap((copy) => (isFull(copy) && facts.unbacked ? [] : own(copy))),
  ...copies.flatMap(crowded),
  ...twins(copies),
  ...whole(copies, facts),
];

/** It has all that there is. */
const isFull = ({ damaged, state, behindBy }: Copy): boolean => !damaged && state === 'current' && behindBy === 0;

const own = (copy: Copy): Shortfall[] => {
  const { destination: name, damaged, current, state, overdue } = copy;
  if (damaged) return [{ what: `"${name}" is damaged`, mend: `triplicate heal ${name}` }];
  if (state === 'empty') return [{ what: `"${name}" has no repository`, mend: `mount it; if it is new or lost, triplicate init, then triplicate sync ${name}` }];
  if (state === 'away' && copy.isKnown === false) return [{ what: `"${name}" was never here`, mend: `connect it, run triplicate init, then triplicate sync ${name}` }];
  if (overdue === true) return [{ what: `"${name}" was not here for too long`, mend: `connect it and run triplicate sync ${name}` }];
  if (state === 'unreachable') return [{ what: `"${name}" cannot be reached`, mend: `triplicate doctor ${name}` }];
  if (current) return [];
  if (state === 'away') return [{ what: `"${name}" was away when the newest snapshots were made`, mend: `connect it and run triplicate sync ${name}` }];
  if (state === 'read-only') return [{ what: `"${name}" is read only and lacks the newest snapshots`, mend: 'remove `readOnly` from it, or take another destination' }];
  const lacks = copy.behindBy === undefined || copy.behindBy === 0 ? 'lacks the newest snapshots' : `is behind by ${copy.behindBy === 1 ? 'a snapshot' : `${copy.behindBy} snapshots`}`;
  const { lacksBytes, freeBytes } = copy;
  // No sync brings what has no room.
  return lacksBytes !== undefined && freeBytes !== undefined && lacksBytes > freeBytes
    ? [{ what: `"${name}" ${lacks}, about ${toMiB(lacksBytes)}, and has ${toMiB(freeBytes)} free`, mend: `make room there or give it a larger place, then triplicate sync ${name}` }]
    : [{ what: `"${name}" ${lacks}`, mend: `triplicate sync ${name}` }];
};

const toMiB = (bytes: number): string => `${formatWhole(Math.round(bytes / 1024 ** 2))} MiB`;

const dayMs = 24 * 60 * 60_000;
/** Time enough to buy a disk. */
const soonMs = 60 * dayMs;

const crowded = ({ destination: name, fullInMs }: Copy): Shortfall[] => {
  if (fullInMs === undefined || fullInMs > soonMs) return [];
  const days = Math.max(0, Math.floor(fullInMs / dayMs));
  return [{ what: `"${name}" will be full ${days === 0 ? 'today' : `in ${days === 1 ? 'a day' : `${days} days`}`}`, mend: 'get a larger place, or keep fewer snapshots there with `retain`' }];
};

/** Made when it is needed: that loads the words of all languages. */
const inWords = (names: readonly string[]): string => new Intl.ListFormat('en-GB').format(names);

/** Where it will lie: the folder of a disk that is not mounted lies on another one. */
const diskOf = ({ disk, state }: Copy): string | undefined => (state === 'empty' ? undefined : disk);

/** Those on one disk are named once. */
const twins = (copies: readonly Copy[]): Shortfall[] =>
  [...Map.groupBy(copies.filter((copy) => diskOf(copy) !== undefined), diskOf).values()]
    .filter(({ length }) => length > 1)
    .map((some) => ({
      what: `${inWords(some.map(({ destination }) => `"${destination}"`))} are on one disk and count once`,
      mend: 'put one of them on a disk of its own',
    }));

/** What no mending of those that are there would bring. */
const whole = (copies: readonly Copy[], { copies: count, media, good, originals, offsite, others }: CopyFacts): Shortfall[] => {
  const lacking: Shortfall[] = [];
  const stale = others.filter((one) => !isFresh(one));
  const hopeful = copies.length - good.length - twinCount(copies) + mostOfOne(stale);
  if (count + Math.max(0, hopeful) < 3) {
    const missing = 3 - count - Math.max(0, hopeful);
    lacking.push({ what: `${count} of 3 copies`, mend: missing === 1 ? 'add a destination to the configuration' : `add ${missing} destinations to the configuration` });
  }
  if (media < 2) {
    const onOriginal = good.some(({ disk }) => disk !== undefined && originals.includes(disk));
    const what = onOriginal ? 'every copy is on the disk of the original' : 'one kind of media';
    if (hopeful <= 0) lacking.push({ what, mend: 'add a destination of another kind: an external disk or a cloud' });
  }
  if (offsite === 0 && !copies.some((copy) => copy.offsite) && !stale.some(({ kind }) => kind === 'icloud'))
    lacking.push({
      what: 'no copy off site',
      mend: 'add a cloud, or mark a disk that is kept elsewhere with `offsite: true`',
    });
  return lacking;
};

/** How many of them one source has at most. */
const mostOfOne = (others: readonly OtherCopy[]): number =>
  Math.max(0, ...[...Map.groupBy(others, ({ source }) => source).values()].map(({ length }) => length));

const twinCount = (copies: readonly Copy[]): number => {
  const disks = copies.flatMap((copy) => diskOf(copy) ?? []);
  return disks.length - new Set(disks).size;
};
