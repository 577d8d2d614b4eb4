/** The middle value; of an even number of values the mean of the middle two. NaN of none. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  if (!Number.isInteger(middle)) return upper;
  return (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
};

/**
 * The median of the ratios round by round: both have met the same weather in a round, so what the machine did meanwhile cancels out.
 * Rounds that only one has are left out; undefined when none is left.
 */
export const pairedRatio = (
  ours: ReadonlyMap<number, number>,
  theirs: ReadonlyMap<number, number>,
): number | undefined => {
  const ratios = [...ours].flatMap(([round, value]) => {
    const other = theirs.get(round);
    return other === undefined || other === 0 ? [] : [value / other];
  });
  return ratios.length === 0 ? undefined : median(ratios);
};
