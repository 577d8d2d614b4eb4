import { Cron } from 'croner';
import type { Schedule } from '../config/schedule.ts';

/** The next slot after an instant, jitter apart; `undefined` when the schedule has no times or none follows. */
export const nextSlot = ({ cron, timezone }: Pick<Schedule, 'cron' | 'timezone'>, after: Date): Date | undefined => {
  if (cron === undefined) return undefined;
  const job = new Cron(cron, { paused: true, ...(timezone === undefined ? {} : { timezone }) });
  return job.nextRun(after) ?? undefined;
};

/** The next so many. */
export const nextRuns = (schedule: Pick<Schedule, 'cron' | 'timezone'>, after: Date, count: number): Date[] => {
  const runs: Date[] = [];
  for (let next = nextSlot(schedule, after); next && runs.length < count; next = nextSlot(schedule, next))
    runs.push(next);
  return runs;
};
