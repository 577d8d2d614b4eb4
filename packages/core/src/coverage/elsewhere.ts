/** Copies of one source that are not ours, as far as they can be seen: a phone itself, its iCloud backup, a Finder or iTunes folder. */
import { spanText } from './ages.ts';
import type { Shortfall } from './coverage.ts';

export const seenKinds = ['phone', 'icloud', 'finder'] as const;
export type SeenKind = (typeof seenKinds)[number];

/** What was seen of such a copy. */
export interface SeenCopy {
  readonly kind: SeenKind;
  /** When the phone was seen; when the copy was made. */
  readonly at: Date;
  /** Names the physical disk that it lies on, where that can be told. */
  readonly disk?: string;
}

/** One of them in the eyes of the rule. */
export interface OtherCopy {
  readonly source: string;
  readonly kind: SeenKind;
  readonly agoMs: number;
  readonly disk?: string | undefined;
}

const dayMs = 24 * 60 * 60_000;

/** Older ones do not count: who has not seen a phone for a month cannot say that it still exists. */
const mostAgoMs: Readonly<Record<SeenKind, number>> = { phone: 30 * dayMs, icloud: 14 * dayMs, finder: 30 * dayMs };

/** One that was seen in the future was seen by a wrong clock. */
export const isFresh = ({ kind, agoMs }: OtherCopy): boolean => agoMs <= mostAgoMs[kind] && agoMs >= -dayMs;

const copyWords: Readonly<Record<SeenKind, string>> = { phone: 'the original', icloud: 'the iCloud backup', finder: 'the Finder backup' };

/** Why some of them do not count, each with what mends it. */
export const staleShortfalls = (others: readonly OtherCopy[]): Shortfall[] =>
  others.filter((one) => !isFresh(one)).map(({ source, kind, agoMs }) => {
    if (agoMs < 0) return { what: `${copyWords[kind]} of "${source}" was last seen in the future of this clock and does not count`, mend: `set the clock, then triplicate backup ${source}` };
    switch (kind) {
      case 'phone':
        return { what: `"${source}" was not seen for ${spanText(agoMs)} and does not count`, mend: `connect it and run triplicate backup ${source}` };
      case 'icloud':
        return { what: `the iCloud backup of "${source}" is ${spanText(agoMs)} old and does not count`, mend: 'leave the phone locked, on power and on Wi-Fi overnight' };
      case 'finder':
        return { what: `the Finder backup of "${source}" is ${spanText(agoMs)} old and does not count`, mend: 'back the phone up in Finder once more' };
    }
  });
