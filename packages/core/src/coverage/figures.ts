/** What the 3-2-1 rule counts. */
import type { Media } from '../destination/common-options.ts';
import type { Copy } from './coverage.ts';
import { isFresh, type OtherCopy } from './elsewhere.ts';

export interface Figures {
  /** With the original, when it counts. */
  readonly copies: number;
  readonly media: number;
  readonly offsite: number;
  /** Whether every original counts: a phone that nobody has seen for long does not. */
  readonly original: boolean;
}

export interface FigureParts {
  /** Those that count; no two on one disk. */
  readonly good: readonly Copy[];
  /** Disks that the originals lie on. */
  readonly originals: readonly string[];
  readonly others: readonly OtherCopy[];
  readonly gone: readonly { readonly source: string }[];
  /** Names; none when there is nothing to tell apart. */
  readonly sources: readonly string[];
}

/** Kinds of media that fail together count as one: whatever stands at a provider is one kind, a network box another. */
const kindOf = (media: Media): string => (media === 'ssd' || media === 'usb' ? 'flash' : media);

/** Those of the source that is kept worst: copies that are not ours are of one source each. */
export const weakestFigures = (parts: FigureParts): Figures => {
  const all = (parts.sources.length === 0 ? [undefined] : parts.sources).map((source) => figuresOf(source, parts));
  const least = (figure: (one: Figures) => number): number => Math.min(...all.map(figure));
  return {
    copies: least((one) => one.copies),
    media: least((one) => one.media),
    offsite: least((one) => one.offsite),
    original: all.every((one) => one.original),
  };
};

/** One on the disk of the original is a copy, and no further medium. */
const figuresOf = (source: string | undefined, { good, originals, others, gone }: FigureParts): Figures => {
  const own = others.filter((other) => other.source === source);
  const isThere = !gone.some((one) => one.source === source) && own.every((other) => other.kind !== 'phone' || isFresh(other));
  const disks = new Set(good.flatMap(({ disk }) => disk ?? []));
  const elsewhere = own.filter((other) => other.kind !== 'phone' && isFresh(other) && !(other.disk !== undefined && disks.has(other.disk)));
  const apart = good.filter(({ disk }) => disk === undefined || !originals.includes(disk));
  const kinds = new Set([
    ...(isThere ? ['the original'] : []),
    ...apart.map(({ media }) => kindOf(media)),
    ...elsewhere.map(({ kind }) => (kind === 'icloud' ? 'cloud' : 'hdd')),
  ]);
  return {
    original: isThere,
    copies: (isThere ? 1 : 0) + good.length + elsewhere.length,
    media: kinds.size,
    offsite: good.filter(({ offsite }) => offsite).length + elsewhere.filter(({ kind }) => kind === 'icloud').length,
  };
};
