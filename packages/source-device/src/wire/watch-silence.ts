import { BackupError, type Clock, sleepFor } from '@triplicate/core';
import type { ByteChannel } from './byte-channel.ts';

const minuteMs = 60_000;
const lookMs = 15_000;
/** Phones with many photos are silent for five minutes and go on. */
const longMs = 4 * minuteMs;
/** Nobody has heard of one that went on after that: a schedule must not wait for it for ever. */
const hourMs = 60 * minuteMs;

export interface SilenceOptions {
  readonly clock: Clock;
  readonly name: string;
  readonly waiting?: (what: string | undefined) => void;
  /** Of silence, until the connection is ended; an hour when absent. */
  readonly longestMs?: number;
}

/** For what a phone answers at once: all but its backup. */
export const answerMs = 5 * minuteMs;

/**
 * Tells a person when the phone neither says nor takes anything for minutes although it is its turn, also in the middle of a file, and ends the connection
 * after an hour of that (`longestMs`). Runs until the signal fires.
 */
export const watchSilence = async (
  channel: ByteChannel,
  options: SilenceOptions,
  signal: AbortSignal,
): Promise<void> => {
  const { clock, name, waiting, longestMs = hourMs } = options;
  let [heard, silentMs, told, last] = [channel.heard, 0, false, clock.now().getTime()];
  const tell = (what: string | undefined): void => {
    told = what !== undefined;
    waiting?.(what);
  };
  for (;;) {
    await sleepFor(clock, lookMs, signal);
    const now = clock.now().getTime();
    // A computer that slept meanwhile has not listened.
    const passed = Math.min(now - last, 2 * lookMs);
    last = now;
    if (channel.heard !== heard || !channel.awaited) {
      [heard, silentMs] = [channel.heard, 0];
      if (told) tell(undefined);
      continue;
    }
    silentMs += passed;
    if (!told && silentMs >= longMs && silentMs < longestMs)
      tell(`${name} has been silent for ${longMs / minuteMs} minutes; it may be busy, or wait for its passcode`);
    if (silentMs < longestMs) continue;
    channel.close(
      new BackupError('UNAVAILABLE', `${name} has said nothing for ${longestMs / minuteMs} minutes`, {
        hint: 'unplug it, restart it and repeat the command; the last snapshot is untouched',
      }),
    );
    return;
  }
};
