import type { Media } from '../destination/common-options.ts';

/** One copy of a source's data, as far as the 3-2-1 rule asks. */
export interface Copy {
  readonly destination: string;
  readonly media: Media;
  readonly offsite: boolean;
  readonly immutable: boolean;
  /** It has the newest snapshot of every source. */
  readonly current: boolean;
  /** The last check found damage. */
  readonly damaged: boolean;
}

export interface Coverage {
  readonly verdict: 'kept' | 'short';
  /** The original counts as one. */
  readonly copies: number;
  readonly media: number;
  readonly offsite: number;
  readonly immutable: number;
  readonly errors: number;
  /** Each shortfall with what mends it. */
  readonly missing: readonly { readonly what: string; readonly mend: string }[];
}

/** Kinds of media that fail together count as one: whatever stands at a provider is one kind, a network box another. */
const kindOf = (media: Media): string => (media === 'ssd' || media === 'usb' ? 'flash' : media);

/**
 * The 3-2-1 rule: three copies with the original, on two kinds of media, one of them off site, and none with errors. The original lies on
 * a disk of this machine. A copy that is not current does not count.
 */
export const computeCoverage = (copies: readonly Copy[]): Coverage => {
  const good = copies.filter(({ current, damaged }) => current && !damaged);
  const kinds = new Set(['this machine', ...good.map(({ media }) => kindOf(media))]);
  const offsite = good.filter((copy) => copy.offsite).length;
  const errors = copies.filter(({ damaged }) => damaged).length;
  const count = 1 + good.length;
  const late = copies.filter(({ current, damaged }) => !current && !damaged);
  const missing: { what: string; mend: string }[] = [];
  for (const { destination } of copies.filter(({ damaged }) => damaged)) {
    missing.push({ what: `"${destination}" is damaged`, mend: `triplicate heal ${destination}` });
  }
  for (const { destination } of late) missing.push({ what: `"${destination}" lacks the newest snapshots`, mend: `triplicate sync ${destination}` });
  if (count + late.length + errors < 3) missing.push({ what: `${count} of 3 copies`, mend: 'add a destination to the configuration' });
  if (kinds.size < 2) missing.push({ what: 'one kind of media', mend: 'add a destination of another kind: an external disk or a cloud' });
  if (!copies.some((copy) => copy.offsite)) {
    missing.push({ what: 'no copy off site', mend: 'add a cloud, or mark a disk that is kept elsewhere with `offsite: true`' });
  }
  const kept = count >= 3 && kinds.size >= 2 && offsite >= 1 && errors === 0;
  return {
    verdict: kept ? 'kept' : 'short',
    copies: count,
    media: kinds.size,
    offsite,
    immutable: good.filter(({ immutable }) => immutable).length,
    errors,
    missing,
  };
};
