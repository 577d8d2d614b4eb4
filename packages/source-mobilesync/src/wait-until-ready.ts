import { BackupError, type Clock, sleepFor } from '@triplicate/core';
import { type BackupFolder, fingerprint } from './backup-folder.ts';

/** How often to look. */
const lookAgainMs = 5000;

/** Why a backup cannot be taken; `undefined` when it can. */
export type WhyNot = () => Promise<string | undefined>;

export interface WaitOptions {
  readonly whyNot: WhyNot;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly patienceMs: number;
  /** A sentence for the screen while the other program still writes. */
  readonly waiting: (what: string | undefined) => void;
}

/** Waits until no other program writes the backup any more. UNAVAILABLE when that takes longer than the patience. */
export const waitUntilReady = async (backup: BackupFolder, options: WaitOptions): Promise<void> => {
  const { whyNot, clock, signal, patienceMs, waiting } = options;
  const deadline = clock.now().getTime() + patienceMs;
  try {
    for (;;) {
      const reason = await whyNot();
      if (reason === undefined) return;
      if (clock.now().getTime() >= deadline)
        throw new BackupError('UNAVAILABLE', `the backup of ${backup.name} is not finished: ${reason}`, {
          hint: 'let Finder, iTunes or iMazing finish it, or make it again there; the last snapshot is untouched',
        });
      waiting(`another program still writes the backup of ${backup.name}`);
      await sleepFor(clock, lookAgainMs, signal);
    }
  } finally {
    waiting(undefined);
  }
};

/** Runs `work` over a backup that must not change meanwhile. UNAVAILABLE when it did: what was taken would be of two backups. */
export const whileUnchanged = async <T>(backup: BackupFolder, whyNot: WhyNot, work: () => Promise<T>): Promise<T> => {
  const before = await fingerprint(backup);
  const result = await work();
  if ((await fingerprint(backup)) === before && (await whyNot()) === undefined) return result;
  throw new BackupError('UNAVAILABLE', `another program wrote to the backup of ${backup.name} while it was read`, {
    hint: 'run it again; what was read is not stored twice',
  });
};
