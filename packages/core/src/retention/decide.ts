/** Which snapshots a policy keeps, and why. Pure: the same snapshots, policy and time give the same answer. */
import type { Count, Retain } from '../config/retain.ts';
import type { Span } from '../config/units.ts';
import type { ListedSnapshot } from '../snapshot/snapshot-list.ts';
import { monthsBefore, type Period, periodOf, periods } from './calendar.ts';
import { groupSnapshots, isWhole } from './group.ts';

export type RetainedSnapshot = Pick<ListedSnapshot, 'id' | 'file' | 'timeNs'>;

export interface RetentionDecision<One extends RetainedSnapshot = RetainedSnapshot> {
  readonly snapshot: One;
  readonly keep: boolean;
  /** Every rule that keeps it; empty when it may go. */
  readonly reasons: readonly string[];
}

export interface RetentionOptions {
  /** A snapshot from the future is never the one that `within` counts from. */
  readonly now: Date;
  /** Keeps the newest whole snapshot of each group, whatever the policy says. */
  readonly keepLastWhole: boolean;
}

/**
 * Decides for each group of its own (by host and source). Within a group it counts as restic's `forget` does: a rule keeps the newest
 * snapshot of each of the last so many periods that have one, and the oldest of all while it has places left.
 */
export const decideRetention = <One extends RetainedSnapshot>(
  snapshots: readonly One[],
  policy: Retain,
  options: RetentionOptions,
): RetentionDecision<One>[] => groupSnapshots(snapshots).flatMap((group) => decideGroup(group, policy, options));

const decideGroup = <One extends RetainedSnapshot>(
  group: readonly One[],
  policy: Retain,
  { now, keepLastWhole }: RetentionOptions,
): RetentionDecision<One>[] => {
  const newestFirst = group.toSorted(byAge);
  const rules = [
    ...tagRules(policy),
    ...withinRule(policy, newestFirst, now),
    ...countRules(policy),
    ...withinRules(policy, newestFirst, now),
    ...(keepLastWhole ? [lastWholeRule(newestFirst)] : []),
  ];
  return newestFirst.map((snapshot, at) => {
    const isOldest = at === newestFirst.length - 1;
    const reasons = rules.flatMap((rule) => rule(snapshot, isOldest) ?? []);
    return { snapshot, keep: reasons.length > 0, reasons };
  });
};

const byAge = (a: RetainedSnapshot, b: RetainedSnapshot): number =>
  a.timeNs > b.timeNs ? -1 : a.timeNs < b.timeNs ? 1 : a.id < b.id ? -1 : 1;

/** Asked once for each snapshot, from the newest to the oldest. The reason to keep it, or nothing. */
type Rule = (snapshot: RetainedSnapshot, isOldest: boolean) => string | undefined;

const tagRules = ({ tags = [] }: Retain): Rule[] =>
  tags.map(
    (tag): Rule =>
      ({ file }) =>
        // No tag has a comma: restic parts there what a snapshot has to have all of.
        tag.split(',').every((one) => file.tags?.includes(one)) ? `has tag ${tag}` : undefined,
  );

const countRules = (policy: Retain): Rule[] => [
  ...(policy.last ? [countRule('last', policy.last, undefined)] : []),
  ...periods.flatMap((period) => {
    const count = policy[period];
    return count ? [countRule(period, count, period)] : [];
  }),
];

const countRule = (name: string, count: Count, period: Period | undefined): Rule => {
  let left = count === 'unlimited' ? Number.POSITIVE_INFINITY : count;
  let last: number | undefined;
  return ({ file }, isOldest) => {
    if (left === 0) return undefined;
    const value = period && periodOf[period](file.time);
    const isNew = value === undefined || value !== last;
    if (!isNew && !isOldest) return undefined;
    last = value;
    left -= 1;
    return isNew ? name : `oldest ${name}`;
  };
};

const withinRule = ({ within }: Retain, newestFirst: readonly RetainedSnapshot[], now: Date): Rule[] => {
  if (!within) return [];
  const limit = limitOf(newestFirst, within, now);
  return [({ timeNs }) => (timeNs > limit ? 'within' : undefined)];
};

const withinKeys = {
  hourly: 'withinHourly',
  daily: 'withinDaily',
  weekly: 'withinWeekly',
  monthly: 'withinMonthly',
  yearly: 'withinYearly',
} as const;

const withinRules = (policy: Retain, newestFirst: readonly RetainedSnapshot[], now: Date): Rule[] =>
  periods.flatMap((period): Rule[] => {
    const span = policy[withinKeys[period]];
    if (!span) return [];
    const limit = limitOf(newestFirst, span, now);
    let last: number | undefined;
    return [
      ({ file, timeNs }, isOldest) => {
        if (timeNs <= limit) return undefined;
        const value = periodOf[period](file.time);
        const isNew = value !== last;
        if (!isNew && !isOldest) return undefined;
        last = value;
        return isNew ? `${period} within` : `oldest ${period} within`;
      },
    ];
  });

/** Spans count back from the newest snapshot that is not from the future. */
const limitOf = (newestFirst: readonly RetainedSnapshot[], span: Span, now: Date): bigint => {
  const nowNs = BigInt(now.getTime()) * 1_000_000n;
  const newest = newestFirst.find(({ timeNs }) => timeNs <= nowNs);
  const { months, ms } = typeof span === 'number' ? { months: 0, ms: span } : span;
  const from = newest === undefined ? 0n : newest.timeNs - BigInt(monthsBefore(newest.file.time, months)) * 1_000_000n;
  return from - BigInt(ms) * 1_000_000n;
};

const lastWholeRule = (newestFirst: readonly RetainedSnapshot[]): Rule => {
  const last = newestFirst.find(({ file }) => isWhole(file));
  return (snapshot) => (snapshot === last ? 'last whole snapshot' : undefined);
};
