import { nextRuns, type PipelineConfig, type Promises } from '@triplicate/core';

const dayMs = 24 * 60 * 60_000;

/** How long a restore test may be ago, with some days to spare. */
const proofMs: Readonly<Record<NonNullable<PipelineConfig['verify']['proof']>, number | undefined>> = {
  daily: 2 * dayMs,
  weekly: 8 * dayMs,
  monthly: 33 * dayMs,
  quarterly: 95 * dayMs,
  yearly: 370 * dayMs,
  never: undefined,
};

/** What a configuration promises: a run missed is forgiven once. */
export const promisesOf = ({ schedule, verify }: PipelineConfig, now: Date): Promises => ({
  snapshotMs: schedule?.cron === undefined ? undefined : longestGap(schedule, now) * 2 + (schedule.jitter ?? 0),
  proofMs: verify.proof === undefined ? undefined : proofMs[verify.proof],
  verifyWithinMs: verify.within,
});

const longestGap = (schedule: NonNullable<PipelineConfig['schedule']>, now: Date): number => {
  const runs = nextRuns(schedule, now, 8).map((run) => run.getTime());
  return Math.max(...runs.slice(1).map((run, i) => run - (runs[i] ?? run)), 0);
};
