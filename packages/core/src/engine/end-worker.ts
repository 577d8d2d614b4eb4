import type { Worker } from 'node:worker_threads';

/** Told to a thread that it is not needed any more. */
export const farewell = 'end';

/** A thread that reads from a disk that hangs. */
const patienceMs = 10_000;

/**
 * Ends a thread when what it is doing is done. To end it by force while it is inside of native code can take the whole process with it
 * (Koromix/koffi#190): that is for one that hangs.
 */
export const endWorker = async (worker: Worker): Promise<void> => {
  // It has ended by itself.
  if (worker.threadId === -1) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  worker.once('exit', () => resolve());
  // What it fails at now concerns nobody, and with no listener it would end the program.
  worker.on('error', () => undefined);
  worker.postMessage(farewell);
  const late = setTimeout(() => void worker.terminate(), patienceMs);
  await promise;
  clearTimeout(late);
};
