/**
 * Runs jobs at the times of their schedules, by the clock on the wall. It survives a computer that slept and a clock that was set: what
 * counts is which slot was handled last, and that is written down. A slot that was missed runs once; several become one.
 */
import { sleepFor, type Clock } from '../clock.ts';
import type { Schedule } from '../config/schedule.ts';
import { toBackupError, type BackupError } from '../errors.ts';
import { nextSlot } from './next-runs.ts';
import { latestSlot } from './latest-slot.ts';

export interface Job {
  readonly name: string;
  readonly schedule: Schedule;
  /** Runs to its end, or rejects; never called while it runs. */
  run(turn: Turn, signal: AbortSignal): Promise<void>;
  /** Why it cannot run now, e.g. on battery; it is asked again until the next slot. */
  hindrance?(): Promise<string | undefined>;
  /** What of its devices and disks is there; for `onConnect`. */
  connected?(): Promise<ReadonlySet<string>>;
}

export interface Turn {
  readonly why: 'slot' | 'connect';
  /** The slot that is handled. */
  readonly slot: Date;
  /** Earlier slots that this run stands for too. */
  readonly merged: readonly Date[];
}

export type SchedulerEvent =
  | { readonly type: 'waiting'; readonly job: string; readonly until: Date | undefined }
  | { readonly type: 'hindered'; readonly job: string; readonly why: string }
  | { readonly type: 'started'; readonly job: string; readonly turn: Turn }
  | { readonly type: 'ended'; readonly job: string; readonly turn: Turn; readonly error?: BackupError }
  | { readonly type: 'clock-set-back'; readonly job: string };

/** The last slot of each job that was handled, in milliseconds since 1970. */
export interface SlotMemory {
  read(job: string): Promise<number | undefined>;
  write(job: string, slot: number): Promise<void>;
}

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly memory: SlotMemory;
  /** From 0 to below 1, for the jitter. */
  readonly random: () => number;
  readonly onEvent: (event: SchedulerEvent) => void;
  /** How often the clock is looked at; a minute by default. */
  readonly pollMs?: number;
}

const usualPollMs = 60_000;

/** Resolves when the signal fires and what runs has ended; the signal is handed to what runs. */
export const runJobs = async (jobs: readonly Job[], options: SchedulerOptions, signal: AbortSignal): Promise<void> => {
  await Promise.all(jobs.map((job) => new Watch(job, options).untilStopped(signal)));
};

class Watch {
  readonly #job: Job;
  readonly #options: SchedulerOptions;
  #seen: ReadonlySet<string> | undefined;
  /** What turned up and had no run yet. */
  #fresh: ReadonlySet<string> = new Set();
  #hindered: string | undefined;
  #told: number | undefined;

  constructor(job: Job, options: SchedulerOptions) {
    this.#job = job;
    this.#options = options;
  }

  async untilStopped(signal: AbortSignal): Promise<void> {
    const { clock, memory, pollMs = usualPollMs } = this.#options;
    const { name, schedule } = this.#job;
    let last = await memory.read(name);
    if (last === undefined) {
      // What was due before anybody asked for it is not missed.
      last = clock.now().getTime();
      await memory.write(name, last);
    }
    while (!signal.aborted) {
      last = await this.#afterSetBack(last);
      // Asked in any case: a run of a slot is also for what has just turned up.
      const connect = await this.#connectTurn(last);
      const turn = (await this.#dueTurn(last)) ?? connect;
      if (turn && (await this.#mayRun())) {
        if (turn.why === 'slot' && !(await this.#waitJitter(turn, signal))) continue;
        // A run that was stopped before its end has its turn again.
        if (!(await this.#run(turn, signal))) return;
        last = turn.slot.getTime();
        continue;
      }
      const next = nextSlot(schedule, clock.now());
      this.#tellWaiting(next);
      const wake = Math.min(next?.getTime() ?? Number.POSITIVE_INFINITY, clock.now().getTime() + pollMs);
      if (!(await slept(clock, wake, signal))) return;
    }
  }

  /** A slot further away than the next one was handled by a clock that was wrong. */
  async #afterSetBack(last: number): Promise<number> {
    const { clock, memory, onEvent } = this.#options;
    const { name, schedule } = this.#job;
    const now = clock.now();
    const next = nextSlot(schedule, now);
    if (next === undefined || last <= next.getTime()) return last;
    onEvent({ type: 'clock-set-back', job: name });
    await memory.write(name, now.getTime());
    return now.getTime();
  }

  async #dueTurn(last: number): Promise<Turn | undefined> {
    const { clock } = this.#options;
    const found = latestSlot(this.#job.schedule, { after: new Date(last), until: clock.now() });
    return found && { why: 'slot', slot: found.slot, merged: found.earlier };
  }

  /** What turned up since the last look, or while it could not run, and is still there. What is there at the first look was there before. */
  async #connectTurn(last: number): Promise<Turn | undefined> {
    if (this.#job.schedule.onConnect !== true || !this.#job.connected) return undefined;
    const there = await this.#job.connected();
    const seen = this.#seen ?? there;
    this.#seen = there;
    this.#fresh = new Set([...there].filter((one) => !seen.has(one) || this.#fresh.has(one)));
    return this.#fresh.size > 0 ? { why: 'connect', slot: new Date(last), merged: [] } : undefined;
  }

  async #mayRun(): Promise<boolean> {
    const why = await this.#job.hindrance?.();
    if (why !== undefined && why !== this.#hindered)
      this.#options.onEvent({ type: 'hindered', job: this.#job.name, why });
    this.#hindered = why;
    return why === undefined;
  }

  /**
   * From the slot on, so that a run that was missed does not wait. `false` when it is not the slot's turn any more: the signal fired, or the
   * clock was set back to before it. The clock is looked at again and again: the computer may sleep meanwhile.
   */
  async #waitJitter({ slot }: Turn, signal: AbortSignal): Promise<boolean> {
    const { clock, random, pollMs = usualPollMs } = this.#options;
    const { jitter = 0 } = this.#job.schedule;
    const until = slot.getTime() + Math.floor(random() * jitter);
    for (let now = clock.now().getTime(); now < until; now = clock.now().getTime()) {
      if (now < slot.getTime() || !(await slept(clock, Math.min(until, now + pollMs), signal))) return false;
    }
    return true;
  }

  /** Whether the turn is over: it is written down before it is told, so that who heard of its end does not see it again. */
  async #run(turn: Turn, signal: AbortSignal): Promise<boolean> {
    const { memory, onEvent } = this.#options;
    const { name } = this.#job;
    this.#fresh = new Set();
    onEvent({ type: 'started', job: name, turn });
    let error: BackupError | undefined;
    try {
      await this.#job.run(turn, signal);
    } catch (cause) {
      error = toBackupError(cause);
    }
    const isOver = error === undefined || !signal.aborted;
    if (isOver) await memory.write(name, turn.slot.getTime());
    onEvent({ type: 'ended', job: name, turn, ...(error ? { error } : {}) });
    return isOver;
  }

  #tellWaiting(until: Date | undefined): void {
    if (this.#told === until?.getTime() && this.#told !== undefined) return;
    this.#told = until?.getTime();
    this.#options.onEvent({ type: 'waiting', job: this.#job.name, until });
  }
}

/** Whether the time came before the signal. */
const slept = async (clock: Clock, until: number, signal: AbortSignal): Promise<boolean> => {
  try {
    await sleepFor(clock, Math.max(0, until - clock.now().getTime()), signal);
    return !signal.aborted;
  } catch {
    return false;
  }
};
