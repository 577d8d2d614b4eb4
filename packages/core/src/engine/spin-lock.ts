/** A lock in shared memory, held for microseconds: 0 free, 1 taken, 2 taken and waited for. The main thread spins, since it must not sleep. */
import { isMainThread } from 'node:worker_threads';

export const lock = (memory: Int32Array, at: number): void => {
  if (Atomics.compareExchange(memory, at, 0, 1) === 0) return;
  while (Atomics.exchange(memory, at, 2) !== 0) {
    if (!isMainThread) Atomics.wait(memory, at, 2);
  }
};

export const unlock = (memory: Int32Array, at: number): void => {
  if (Atomics.exchange(memory, at, 0) === 2) Atomics.notify(memory, at, 1);
};
