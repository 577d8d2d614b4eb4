import type { Walk } from './walk.ts';
import { createSlice } from './slice.ts';

export interface EstimateOptions {
  /** Ends the estimate, which then says nothing more. */
  readonly signal: AbortSignal;
  readonly expect: (total: { readonly files: number; readonly bytes: number }) => void;
}

/** So many entries between two words of it. */
const often = 2000;

/** Walks ahead of the capture and says how much there will be; it works for a short while at a time and never holds anything up. */
export const estimate = async (walk: Walk, { signal, expect }: EstimateOptions): Promise<void> => {
  const slice = createSlice(4);
  let files = 0;
  let bytes = 0;
  let seen = 0;
  for (const visit of walk.visits()) {
    if (visit.kind === 'entry' && visit.stat.isFile()) {
      files += 1;
      bytes += Number(visit.stat.size);
    }
    if (++seen % often === 0) expect({ files, bytes });
    if (slice.due()) await slice.rest();
    if (signal.aborted) return;
  }
  expect({ files, bytes });
};
