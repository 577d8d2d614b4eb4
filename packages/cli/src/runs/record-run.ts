import type { Pipeline, StoredRun } from '@triplicate/core';
import { exitCodes, type ExitCode } from '../exit-codes.ts';

const endings: Partial<Readonly<Record<ExitCode, StoredRun['ending']>>> = {
  [exitCodes.ok]: 'success',
  [exitCodes.partial]: 'partial',
};

export const endingOfCode = (code: ExitCode): StoredRun['ending'] => endings[code] ?? 'failure';

/** Keeps what a command did, for `triplicate runs`. A catalog that cannot be written never fails the command. */
export const recordRun = (
  pipeline: Pick<Pipeline, 'name' | 'catalog' | 'clock'>,
  run: Pick<StoredRun, 'command' | 'ending' | 'text' | 'report'> & { readonly started: Date },
): void => {
  const { started, ...rest } = run;
  try {
    pipeline.catalog?.addRun({
      pipeline: pipeline.name,
      ...rest,
      started: started.getTime(),
      ended: pipeline.clock.now().getTime(),
    });
  } catch {
    // Told by nothing but a missing line.
  }
};
