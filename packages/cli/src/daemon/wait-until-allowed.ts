import { sleepFor, type Clock, type Schedule } from '@triplicate/core';
import { hindranceOf } from './hindrance.ts';

export interface WaitOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told once for each reason. */
  readonly onWait: (why: string) => void;
  /** Asked again and again. */
  readonly hindrance?: typeof hindranceOf;
}

/** How often the scheduler looks too. */
const pollMs = 60_000;

/** Resolves when nothing of `when` is in the way any more: what a system's own scheduler began means the same as the daemon then. */
export const waitUntilAllowed = async (
  schedule: Schedule,
  { clock, signal, onWait, hindrance = hindranceOf }: WaitOptions,
): Promise<void> => {
  let told: string | undefined;
  for (let why = await hindrance(schedule); why !== undefined; why = await hindrance(schedule)) {
    if (why !== told) onWait(why);
    told = why;
    await sleepFor(clock, pollMs, signal);
  }
};
