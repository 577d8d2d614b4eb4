import { describe, expect, it } from 'vitest';
import type { Schedule } from '../../src/config/schedule.ts';
import { nextRuns } from '../../src/schedule/next-runs.ts';
import { type Job, runJobs, type SchedulerEvent, type SlotMemory, type Turn } from '../../src/schedule/scheduler.ts';
import { FakeClock } from '../../src/testing/index.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

class Memory implements SlotMemory {
  readonly slots = new Map<string, number>();
  read(job: string): Promise<number | undefined> {
    return Promise.resolve(this.slots.get(job));
  }
  write(job: string, slot: number): Promise<void> {
    this.slots.set(job, slot);
    return Promise.resolve();
  }
}

interface Daemon {
  readonly turns: (Turn & { readonly began: Date })[];
  readonly events: SchedulerEvent[];
  /** Resolves when it has stopped. */
  stop(): Promise<void>;
}

interface StartOptions {
  readonly clock: FakeClock;
  readonly memory: Memory;
  readonly schedule: Schedule;
  /** How long a run takes. */
  readonly takesMs?: (turn: Turn) => number;
  readonly job?: Partial<Job>;
  readonly pollMs?: number;
}

const start = ({ clock, memory, schedule, takesMs = () => minute, job, pollMs = hour }: StartOptions): Daemon => {
  const stop = new AbortController();
  const turns: Daemon['turns'] = [];
  const events: SchedulerEvent[] = [];
  let running = 0;
  const own: Job = {
    name: 'main',
    schedule,
    async run(turn, signal) {
      running += 1;
      expect(running).toBe(1);
      turns.push({ ...turn, began: clock.now() });
      try {
        await clock.sleep(new Date(clock.now().getTime() + takesMs(turn)), { signal });
      } finally {
        running -= 1;
      }
    },
    ...job,
  };
  const options = {
    clock,
    memory,
    random: () => 0.5,
    onEvent: (event: SchedulerEvent) => void events.push(event),
    pollMs,
  };
  const done = runJobs([own], options, stop.signal);
  return {
    turns,
    events,
    stop: async () => {
      stop.abort();
      await done;
    },
  };
};

const handled = (turns: readonly Turn[]): number[] =>
  turns.flatMap(({ slot, merged }) => [...merged, slot]).map((slot) => slot.getTime());

describe('a schedule', () => {
  it('runs every slot of two years once, over summer time, sleep, kills and long runs, or says which run stands for it', async () => {
    const clock = new FakeClock('2026-01-01T00:30:00Z');
    const memory = new Memory();
    const schedule: Schedule = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };
    const begin = clock.now();
    const turns: Daemon['turns'] = [];
    const takesMs = ({ slot }: Turn): number => (slot.getUTCDate() === 13 ? 50 * hour : 20 * minute);
    const live = async (days: number): Promise<void> => {
      const daemon = start({ clock, memory, schedule, takesMs, pollMs: 6 * hour });
      await clock.advance(days * day);
      await daemon.stop();
      turns.push(...daemon.turns.filter(({ slot }) => (memory.slots.get('main') ?? 0) >= slot.getTime()));
    };
    for (let month = 0; month < 24; month += 1) {
      await live(20 + (month % 3));
      // The computer sleeps, is off for a month, or its daemon is started again at once.
      clock.set(new Date(clock.now().getTime() + ([0, 3, 31, 9.3][month % 4] ?? 0) * day));
    }
    await live(3);
    const slots = nextRuns(schedule, begin, 2000).map((slot) => slot.getTime());
    const last = turns.at(-1)?.slot.getTime() ?? 0;
    expect(handled(turns)).toEqual(slots.filter((slot) => slot <= last));
    expect(slots.filter((slot) => slot > last && slot <= clock.now().getTime() - 3 * day)).toEqual([]);
    expect(turns.some(({ merged }) => merged.length >= 30)).toBe(true);
    expect(turns.some(({ merged }) => merged.length === 2)).toBe(true);
  });

  it('keeps to the clock on the wall when it is changed: once on the day that has no 02:30, and once on the day that has two', async () => {
    const schedule: Schedule = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };
    for (const [from, days] of [
      ['2026-03-27T12:00:00Z', 4],
      ['2026-10-23T12:00:00Z', 4],
    ] as const) {
      const clock = new FakeClock(from);
      const daemon = start({ clock, memory: new Memory(), schedule });
      await clock.advance(days * day);
      await daemon.stop();
      const dates = daemon.turns.map(({ began }) => began.toISOString().slice(0, 10));
      expect(dates).toHaveLength(days);
      expect(new Set(dates).size).toBe(days);
    }
  });

  it('begins later by its jitter, and at once when the slot is long ago', async () => {
    const clock = new FakeClock('2026-01-01T00:00:00Z');
    const memory = new Memory();
    const schedule: Schedule = { cron: '0 2 * * *', timezone: 'UTC', jitter: 10 * minute };
    const daemon = start({ clock, memory, schedule });
    await clock.advance(3 * hour);
    await daemon.stop();
    clock.set('2026-01-02T12:00:00Z');
    const later = start({ clock, memory, schedule });
    await clock.advance(hour);
    await later.stop();
    expect([...daemon.turns, ...later.turns].map(({ began }) => began.toISOString())).toEqual([
      '2026-01-01T02:05:00.000Z',
      '2026-01-02T12:00:00.000Z',
    ]);
  });

  it('runs nothing twice when the clock is set back, and goes on when it had been years ahead', async () => {
    const clock = new FakeClock('2026-01-01T01:00:00Z');
    const memory = new Memory();
    const schedule: Schedule = { cron: '0 * * * *', timezone: 'UTC' };
    const daemon = start({ clock, memory, schedule, pollMs: 10 * minute });
    await clock.advance(2.5 * hour);
    clock.set('2026-01-01T02:30:00Z');
    await clock.advance(2 * hour);
    await daemon.stop();
    expect(handled(daemon.turns).map((slot) => new Date(slot).getUTCHours())).toEqual([2, 3, 4]);
    memory.slots.set('main', Date.parse('2031-01-01T00:00:00Z'));
    const again = start({ clock, memory, schedule, pollMs: 10 * minute });
    await clock.advance(2 * hour);
    await again.stop();
    expect(again.events.filter(({ type }) => type === 'clock-set-back')).toHaveLength(1);
    expect(again.turns).toHaveLength(2);
  });

  it('goes on within its poll when the clock is set back by weeks while it waits', async () => {
    const clock = new FakeClock('2026-12-01T10:00:20Z');
    const memory = new Memory();
    const daemon = start({ clock, memory, schedule: { cron: '* * * * *', timezone: 'UTC' }, pollMs: minute });
    await clock.advance(15_000);
    clock.set('2026-11-20T10:00:20Z');
    await clock.advance(5 * minute);
    await daemon.stop();
    expect(daemon.events.filter(({ type }) => type === 'clock-set-back')).toHaveLength(1);
    expect(daemon.turns.length).toBeGreaterThanOrEqual(2);
  });

  it('runs a slot at its time again when the clock is set back to before it while it waits for its jitter', async () => {
    const clock = new FakeClock('2026-01-02T01:59:00Z');
    const memory = new Memory();
    const schedule: Schedule = { cron: '0 2 * * *', timezone: 'UTC', jitter: 2 * hour };
    const daemon = start({ clock, memory, schedule, pollMs: minute });
    await clock.advance(5 * minute);
    clock.set('2026-01-01T20:00:00Z');
    await clock.advance(8 * hour);
    await daemon.stop();
    expect(daemon.turns.map(({ began }) => began.toISOString())).toEqual(['2026-01-02T03:00:00.000Z']);
  });

  it('begins when its jitter is over by the clock on the wall, also where the computer slept meanwhile', async () => {
    const clock = new FakeClock('2026-01-01T01:59:00Z');
    const memory = new Memory();
    const schedule: Schedule = { cron: '0 2 * * *', timezone: 'UTC', jitter: 2 * hour };
    const daemon = start({ clock, memory, schedule, pollMs: minute });
    await clock.advance(5 * minute);
    clock.set('2026-01-01T08:00:00Z');
    await clock.advance(2 * minute);
    await daemon.stop();
    expect(daemon.turns.map(({ began }) => began.toISOString())).toEqual(['2026-01-01T08:01:00.000Z']);
  });

  it('runs a slot again whose run was ended by the stop, and hands the stop on', async () => {
    const clock = new FakeClock('2026-01-01T01:00:00Z');
    const memory = new Memory();
    const schedule: Schedule = { cron: '0 2 * * *', timezone: 'UTC' };
    const first = start({ clock, memory, schedule, takesMs: () => 5 * hour });
    await clock.advance(2 * hour);
    await first.stop();
    const second = start({ clock, memory, schedule });
    await clock.advance(hour);
    await second.stop();
    expect([first.turns.length, second.turns.length]).toEqual([1, 1]);
    expect(second.turns[0]?.slot).toEqual(first.turns[0]?.slot);
  });

  it('waits while something is in the way, and a run that fails keeps the next from nothing', async () => {
    const clock = new FakeClock('2026-01-01T01:00:00Z');
    const schedule: Schedule = { cron: '0 * * * *', timezone: 'UTC' };
    let battery = true;
    let fails = 2;
    const began: string[] = [];
    const daemon = start({
      clock,
      memory: new Memory(),
      schedule,
      pollMs: 10 * minute,
      job: {
        hindrance: () => Promise.resolve(battery ? 'on battery' : undefined),
        run: () => {
          began.push(clock.now().toISOString().slice(11, 16));
          fails -= 1;
          return fails >= 0 ? Promise.reject(new Error('no')) : Promise.resolve();
        },
      },
    });
    await clock.advance(75 * minute);
    battery = false;
    await clock.advance(130 * minute);
    await daemon.stop();
    expect(began).toEqual(['02:20', '03:00', '04:00']);
    expect(daemon.events.filter(({ type }) => type === 'hindered')).toEqual([
      { type: 'hindered', job: 'main', why: 'on battery' },
    ]);
    expect(daemon.events.filter((event) => event.type === 'ended' && event.error !== undefined)).toHaveLength(2);
  });

  it('runs when a disk turns up, once', async () => {
    const clock = new FakeClock('2026-01-01T01:00:00Z');
    const there = new Set(['disk']);
    const daemon = start({
      clock,
      memory: new Memory(),
      schedule: { onConnect: true },
      pollMs: minute,
      job: { connected: () => Promise.resolve(new Set(there)) },
    });
    await clock.advance(5 * minute);
    expect(daemon.turns).toHaveLength(0);
    there.delete('disk');
    await clock.advance(5 * minute);
    there.add('disk');
    await clock.advance(20 * minute);
    await daemon.stop();
    expect(daemon.turns.map(({ why }) => why)).toEqual(['connect']);
  });

  it('runs for a disk that turned up while something was in the way, once that is gone, if the disk is still there', async () => {
    const clock = new FakeClock(new Date('2026-06-01T00:00:00Z'));
    const there = new Set<string>();
    let isOnBattery = true;
    const daemon = start({
      clock,
      memory: new Memory(),
      schedule: { onConnect: true },
      pollMs: minute,
      job: {
        connected: () => Promise.resolve(new Set(there)),
        hindrance: () => Promise.resolve(isOnBattery ? 'on battery' : undefined),
      },
    });
    await clock.advance(5 * minute);
    there.add('phone');
    await clock.advance(5 * minute);
    there.delete('phone');
    await clock.advance(5 * minute);
    there.add('disk');
    await clock.advance(30 * minute);
    expect(daemon.turns).toHaveLength(0);
    isOnBattery = false;
    await clock.advance(30 * minute);
    expect(daemon.turns.map(({ why }) => why)).toEqual(['connect']);
    isOnBattery = true;
    there.add('phone');
    await clock.advance(5 * minute);
    there.delete('phone');
    await clock.advance(5 * minute);
    isOnBattery = false;
    await clock.advance(30 * minute);
    await daemon.stop();
    expect(daemon.turns).toHaveLength(1);
  });
});
