/**
 * Whether a snapshot differs from the ones before it as if somebody had destroyed the source: an alarm that has to come before a policy
 * drops the good versions. By the figures that each snapshot carries; pure.
 */
import type { SnapshotSummary } from '../repository/snapshot-file.ts';
import { type Change, changeOf, type Rule, type Sum, sumOf } from './change.ts';

export type Figures = Pick<
  SnapshotSummary,
  | 'filesNew'
  | 'filesChanged'
  | 'filesUnmodified'
  | 'filesEmptied'
  | 'dataAdded'
  | 'dataAddedPacked'
  | 'totalFilesProcessed'
  | 'totalBytesProcessed'
>;

/** A source of fewer files says nothing by shares. */
const leastFiles = 30;
/** Of the files before, in one run. */
const many = 0.3;
/** Of the files before, in one run where they are gone, and in several together. */
const half = 0.5;
/** Stored by plain bytes: what is encrypted cannot be made smaller; the lists of folders, which count too, can. */
const incompressible = 0.9;
/** A source that has done the same so often before does it as a rule. */
const usualTimes = 2;
const remembered = 10;

const isIncompressible = ({ packed }: Change): boolean => packed >= incompressible;
const shrankToHalf = ({ shrunk }: Change): boolean => shrunk >= half;

const rules: readonly Rule[] = [
  {
    share: ({ rewritten }) => rewritten,
    counts: isIncompressible,
    holds: (change, least) => change.rewritten >= least && change.added >= least,
    says: 'were rewritten with content that cannot be compressed',
  },
  {
    share: ({ emptied }) => emptied,
    counts: () => true,
    holds: (change, least) => change.emptied >= least,
    says: 'were emptied, or overwritten with next to nothing',
  },
];

const vanishing: Rule = {
  share: (change) => (shrankToHalf(change) ? change.missing : change.gone),
  counts: () => true,
  holds: (change) => change.gone >= half || (change.missing >= half && shrankToHalf(change)),
  says: 'are gone',
};

/**
 * `history`: of the snapshots of one source before it, from the oldest to the newest. `judged`: how many of them, from the oldest, are told
 * already and are not added up with what came after. The reasons for an alarm; none when all is well.
 */
export const suddenChange = (history: readonly Figures[], now: Figures, judged = 0): string[] =>
  [...rules, vanishing].flatMap((rule) => {
    const once = unusual(history, now, rule);
    if (once) return [`${percent(rule.share(once))} of its files ${rule.says}`];
    const slices = unusualSum(history, now, { rule, judged });
    return slices ? [`${percent(rule.share(slices))} of its files ${rule.says}, in ${slices.runs} runs`] : [];
  });

/** Whether one of the reasons is that files are gone. */
export const hasVanished = (history: readonly Figures[], now: Figures): boolean =>
  unusual(history, now, vanishing) !== undefined;

const isOnce = (change: Change, { counts, holds }: Rule): boolean => counts(change) && holds(change, many);

/** The change where the rule holds, unless the source does so as a rule. */
const unusual = (history: readonly Figures[], now: Figures, rule: Rule): Change | undefined => {
  const before = history.at(-1);
  if (before === undefined || before.totalFilesProcessed < leastFiles) return undefined;
  const change = changeOf(before, now);
  if (!isOnce(change, rule)) return undefined;
  const earlier = changesOf(history.slice(-remembered));
  return earlier.filter((one) => isOnce(one, rule)).length < usualTimes ? change : undefined;
};

/** What is done little by little, a part with each run, added up since what was told last. */
const unusualSum = (
  history: readonly Figures[],
  now: Figures,
  { rule, judged }: { readonly rule: Rule; readonly judged: number },
): Sum | undefined => {
  const window = history.slice(Math.max(judged, history.length - remembered));
  const [first] = window;
  if (first === undefined || first.totalFilesProcessed < leastFiles) return undefined;
  const sum = sumOf(changesOf([...window, now]), rule);
  if (sum.runs < 2 || !rule.holds(sum, half)) return undefined;
  return timesInSlices(history.slice(-2 * remembered), rule) < usualTimes ? sum : undefined;
};

/** How often before it came together. */
const timesInSlices = (history: readonly Figures[], rule: Rule): number => {
  let times = 0;
  let from = 0;
  for (let at = 1; at < history.length; at += 1) {
    const changes = changesOf(history.slice(Math.max(from, at - remembered), at + 1));
    if (!rule.holds(sumOf(changes, rule), half)) continue;
    from = at;
    if (at >= history.length - remembered) times += 1;
  }
  return times;
};

const changesOf = (figures: readonly Figures[]): Change[] =>
  figures.slice(1).map((one, i) => changeOf(figures[i] ?? one, one));

const percent = (share: number): string => `${Math.round(Math.min(1, share) * 100)} %`;
