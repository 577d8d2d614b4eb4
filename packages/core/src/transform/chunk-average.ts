import { z } from 'zod';

const kibibyte = 1024;
const units: Readonly<Record<string, number>> = { KiB: kibibyte, MiB: kibibyte * kibibyte };
const smallest = 64 * kibibyte;
const largest = 4 * kibibyte * kibibyte;
const wanted = 'a size from 64KiB to 4MiB, e.g. 1MiB';

const toBytes = (value: string | number): number => {
  if (typeof value === 'number') return value;
  const [, count, unit] = /^(\d+)\s*(KiB|MiB)$/.exec(value) ?? [];
  return Number(count) * (units[unit ?? ''] ?? 1);
};

/** The average length of a chunk, in bytes; parsing what it gave once more gives the same. */
export const chunkAverage = z
  .union([z.string().regex(/^\d+\s*(KiB|MiB)$/, `write ${wanted}`), z.int().min(smallest).max(largest)])
  .transform(toBytes)
  .refine((bytes) => bytes >= smallest && bytes <= largest, `write ${wanted}`)
  .describe('Average length of a chunk, 64KiB to 4MiB; smaller finds more duplicates and makes a larger index');
