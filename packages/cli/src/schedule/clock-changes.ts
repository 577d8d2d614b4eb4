/** Slots that a scheduler which compares the clock with the numbers of a cron expression does not see, because the clock is changed there. */
import { nextRuns, type Schedule } from '@triplicate/core';
import type { CronFields } from './cron-fields.ts';

export interface Unseen {
  /** When our own scheduler has the slot. */
  readonly at: Date;
  /** `left-out`: the clock leaves out its time; `again`: its hour comes a second time. */
  readonly why: 'left-out' | 'again';
}

const dayMs = 24 * 60 * 60_000;
const minuteMs = 60_000;

/** From `from` on, for so many days. */
export const unseenSlots = (
  schedule: Pick<Schedule, 'cron' | 'timezone'>,
  { hours, minutes }: CronFields,
  { from, days }: { readonly from: Date; readonly days: number },
): Unseen[] => {
  const zone = schedule.timezone ?? new Intl.DateTimeFormat('en').resolvedOptions().timeZone;
  const clock = new WallClock(zone);
  return clock.changes(from, days).flatMap(({ at, byMs }): Unseen[] => {
    const end = at.getTime() + Math.abs(byMs);
    // As many as an hour or two have at most.
    const slots = nextRuns(schedule, new Date(at.getTime() - 1), 200).filter((slot) => slot.getTime() <= end);
    if (byMs < 0) return slots.filter((slot) => slot.getTime() < end).map((slot) => ({ at: slot, why: 'again' }));
    return slots.filter((slot) => !clock.shows(slot, hours, minutes)).map((slot) => ({ at: slot, why: 'left-out' }));
  });
};

interface Change {
  readonly at: Date;
  /** How far the clock goes forward; less than 0 when it goes back. */
  readonly byMs: number;
}

class WallClock {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    const parts = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
    this.#format = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', ...parts });
  }

  /** To the minute. */
  changes(from: Date, days: number): Change[] {
    const changes: Change[] = [];
    const first = Math.floor(from.getTime() / minuteMs) * minuteMs;
    for (let day = 0; day < days; day += 1) {
      let [low, high] = [first + day * dayMs, first + (day + 1) * dayMs];
      const before = this.#ahead(low);
      const byMs = this.#ahead(high) - before;
      if (byMs === 0) continue;
      while (high - low > minuteMs) {
        const middle = low + Math.floor((high - low) / 2 / minuteMs) * minuteMs;
        if (this.#ahead(middle) === before) low = middle;
        else high = middle;
      }
      changes.push({ at: new Date(high), byMs });
    }
    return changes;
  }

  shows(at: Date, hours: readonly number[], minutes: readonly number[]): boolean {
    const { hour = Number.NaN, minute = Number.NaN } = this.#read(at.getTime());
    return hours.includes(hour) && minutes.includes(minute);
  }

  /** How far it is ahead of UTC. */
  #ahead(at: number): number {
    const { year = 0, month = 1, day, hour, minute } = this.#read(at);
    return Date.UTC(year, month - 1, day, hour, minute) - at;
  }

  #read(at: number): Partial<Readonly<Record<string, number>>> {
    return Object.fromEntries(this.#format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  }
}
