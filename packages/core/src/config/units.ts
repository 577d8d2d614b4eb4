import { z } from 'zod';

/** A number with a unit, as people write it; a plain number is taken as it is, so that what was parsed can be parsed again. */
const quantity = (units: Readonly<Record<string, number>>, wanted: string) => {
  const pattern = new RegExp(`^(\\d+(?:\\.\\d+)?)\\s*(${Object.keys(units).join('|')})$`);
  const parse = (value: string | number): number => {
    if (typeof value === 'number') return value;
    const [, count, unit] = pattern.exec(value) ?? [];
    return Math.round(Number(count) * (units[unit ?? ''] ?? Number.NaN));
  };
  return z
    .union([z.string().regex(pattern, `write ${wanted}`), z.number().nonnegative()])
    .transform(parse)
    .meta({ quantity: wanted });
};

const bytes = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
const rates = Object.fromEntries(Object.entries(bytes).map(([unit, size]) => [`${unit}/s`, size]));
const seconds = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const milliseconds = Object.fromEntries(Object.entries(seconds).map(([unit, count]) => [unit, count * 1000]));

/** Bytes. */
export const byteSize = quantity(bytes, 'a size, e.g. 512KiB, 16MiB or 2GiB');
/** Bytes a second. */
export const byteRate = quantity(rates, 'a rate, e.g. 512KiB/s or 2MiB/s').refine(
  (rate) => rate > 0,
  'a rate is above zero',
);
/** Milliseconds. */
export const duration = quantity(milliseconds, 'a duration, e.g. 30s, 10m, 12h, 30d or 4w');

/** How far back something counts: milliseconds, and months of the calendar where a person wrote months or years. */
export type Span = number | { readonly months: number; readonly ms: number };

const spanPattern = /^(?=\d)(?:(\d+)y)?(?:(\d+)m)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?$/;
const spanWanted = 'a time, e.g. 12h, 30d, 6m (months) or 1y6m';

const parseSpan = (value: string | Span): Span => {
  if (typeof value !== 'string') return value;
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0] = (spanPattern.exec(value) ?? [])
    .slice(1)
    .map((digits) => Number(digits ?? 0));
  const ms = ((weeks * 7 + days) * 24 + hours) * 3_600_000;
  const all = years * 12 + months;
  return all === 0 ? ms : { months: all, ms };
};

/** As restic's `--keep-within` has it, where `m` is a month; weeks besides. */
export const span = z
  .union([
    z.string().regex(spanPattern, `write ${spanWanted}`),
    z.number().nonnegative(),
    z.strictObject({ months: z.int().positive(), ms: z.number().nonnegative() }),
  ])
  .transform(parseSpan)
  .meta({ quantity: spanWanted });

export const isSomeSpan = (value: Span | undefined): boolean => typeof value === 'object' || (value ?? 0) > 0;
