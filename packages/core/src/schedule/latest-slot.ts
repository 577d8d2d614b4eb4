import type { Schedule } from '../config/schedule.ts';
import { nextSlot } from './next-runs.ts';

export interface Span {
  /** Excluded. */
  readonly after: Date;
  /** Included. */
  readonly until: Date;
}

/** More are counted as if the first of them were this many slots ago. */
const mostSlots = 1000;

/** The last slot in a span of time, and the ones before it in the span, oldest first. `undefined` when there is none. */
export const latestSlot = (
  schedule: Pick<Schedule, 'cron' | 'timezone'>,
  { after, until }: Span,
): { readonly slot: Date; readonly earlier: readonly Date[] } | undefined => {
  const slots: Date[] = [];
  for (let next = nextSlot(schedule, after); next && next <= until; next = nextSlot(schedule, next)) {
    slots.push(next);
    if (slots.length > mostSlots) slots.shift();
  }
  const slot = slots.pop();
  return slot && { slot, earlier: slots };
};
