import { setImmediate } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';

/** Lets everything else in the process have a turn after `ms` of work without one: calls to the file system here are synchronous. */
export const createSlice = (ms: number): { due(): boolean; rest(): Promise<void> } => {
  let began = performance.now();
  return {
    due: () => performance.now() - began >= ms,
    async rest() {
      await setImmediate();
      began = performance.now();
    },
  };
};
