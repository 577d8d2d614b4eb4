import type { Pipeline, StoredRun } from '@triplicate/core';
import { masked } from '../output/masked.ts';
import type { Output } from '../output/output.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';

const endings: Partial<Readonly<Record<ExitCode, StoredRun['ending']>>> = {
  [exitCodes.ok]: 'success',
  [exitCodes.partial]: 'partial',
};

export const endingOfCode = (code: ExitCode): StoredRun['ending'] => endings[code] ?? 'failure';

/** Keeps what a command did, for `triplicate runs`, which knows no secret to mask. A catalog that cannot be written never fails the command. */
export const recordRun = (
  pipeline: Pick<Pipeline, 'name' | 'catalog' | 'clock'>,
  run: Pick<StoredRun, 'command' | 'ending' | 'text' | 'report'> & { readonly started: Date },
  output: Pick<Output, 'redact'>,
): void => {
  const { started, ...rest } = run;
  try {
    pipeline.catalog?.addRun({
      pipeline: pipeline.name,
      ...masked(rest, output),
      started: started.getTime(),
      ended: pipeline.clock.now().getTime(),
    });
  } catch {
    // Told by nothing but a missing line.
  }
};
