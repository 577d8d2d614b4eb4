export interface Axis {
  /** Where a value stands. */
  readonly at: (value: number) => string;
  readonly ticks: readonly { readonly at: string; readonly label: string }[];
}

const wanted = 3;
const marks = [1, 2, 5];

/** A logarithmic axis over all values, with a mark at each power of ten, or at 1, 2 and 5 where there are few of these. */
export const logAxis = (
  values: readonly number[],
  { from, to }: { readonly from: number; readonly to: number },
): Axis => {
  const all = Array.from({ length: 27 }, (_, i) => (marks[i % 3] ?? 1) * 10 ** (Math.floor(i / 3) - 2));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const least = all.findLast((mark) => mark <= low) ?? low;
  const most = all.find((mark) => mark >= high) ?? high;
  const at = (value: number): string =>
    (from + ((to - from) * Math.log(value / least)) / Math.log(Math.max(most / least, 2))).toFixed(1);
  const within = all.filter((mark) => mark >= least && mark <= most);
  const tens = within.filter((mark) => Number.isInteger(Math.round(Math.log10(mark) * 1e6) / 1e6));
  return { at, ticks: (tens.length >= wanted ? tens : within).map((mark) => ({ at: at(mark), label: short(mark) })) };
};

const short = (value: number): string => {
  if (value >= 1e6) return `${value / 1e6}M`;
  if (value >= 1000) return `${value / 1000}k`;
  return String(Number(value.toPrecision(1)));
};
