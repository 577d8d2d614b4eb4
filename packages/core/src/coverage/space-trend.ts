/** When a destination will be full, if it goes on as it did. */
import type { SpaceAt } from '../catalog/catalog.ts';

const dayMs = 24 * 60 * 60_000;
/** Of less nothing can be told. */
const shortestMs = 7 * dayMs;
const furthestMs = 2 * 365 * dayMs;

/** A line of least squares through what was free over the last weeks. `undefined` when it grows, stands still, or lasts for years. */
export const fullAt = (spaces: readonly SpaceAt[]): Date | undefined => {
  const [first, last] = [spaces[0], spaces.at(-1)];
  if (!first || !last || spaces.length < 3 || last.at - first.at < shortestMs) return undefined;
  const mean = (value: (one: SpaceAt) => number): number => spaces.reduce((sum, one) => sum + value(one), 0) / spaces.length;
  const [at, free] = [mean((one) => one.at), mean(({ freeBytes }) => freeBytes)];
  const varied = spaces.reduce((sum, one) => sum + (one.at - at) ** 2, 0);
  const slope = spaces.reduce((sum, one) => sum + (one.at - at) * (one.freeBytes - free), 0) / varied;
  if (slope >= 0) return undefined;
  const left = last.freeBytes / -slope;
  return left > furthestMs ? undefined : new Date(last.at + left);
};
