import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { CaptureOptions } from '@triplicate/core';
import { createSlice } from './slice.ts';
import type { Walk } from './walk.ts';

export interface EstimateOptions {
  /** Ends the estimate, which then says nothing more. */
  readonly signal: AbortSignal;
  readonly expect: CaptureOptions['expect'];
  /** The capture waits, but not for content, and will have found everything by itself before long. */
  readonly hold: () => boolean;
}

/** So many entries between two words of it. */
const often = 2000;
/** How long it looks whether anything else keeps this thread busy, how much of the time that may take, and how long it trusts the answer. */
const lookMs = 25;
const trustMs = 100;
const busy = 0.75;
/** Every so many looks it goes on for a moment all the same. */
const patience = 12;

/**
 * Walks ahead of the capture and says how much there will be. It takes the time that the capture leaves while it waits for content to be
 * read, and next to none where nothing has changed: there the capture is a walk itself, and two of them would take twice as long.
 * Gives whether it came to its end.
 */
export const estimate = async (walk: Walk, { signal, expect, hold }: EstimateOptions): Promise<boolean> => {
  const slice = createSlice(4);
  let files = 0;
  let bytes = 0;
  let seen = 0;
  expect({ files, bytes, counting: true });
  await idle(signal, hold);
  let looked = performance.now();
  for (const visit of walk.visits()) {
    if (visit.kind === 'entry' && visit.stat.isFile()) {
      files += 1;
      bytes += Number(visit.stat.size);
    }
    if (++seen % often === 0) expect({ files, bytes, counting: true });
    if (slice.due()) {
      if (performance.now() - looked > trustMs) {
        await idle(signal, hold);
        looked = performance.now();
      }
      await slice.rest();
    }
    if (signal.aborted) return false;
  }
  expect({ files, bytes });
  return true;
};

/** Resolves when this thread has time to spare, or has had none for long enough. */
const idle = async (signal: AbortSignal, hold: () => boolean): Promise<void> => {
  for (let looks = 0; (looks < patience || hold()) && !signal.aborted; looks += 1) {
    const before = performance.eventLoopUtilization();
    await setTimeout(lookMs, undefined, { signal }).catch(() => undefined);
    if (!hold() && performance.eventLoopUtilization(before).utilization < busy) return;
  }
};
