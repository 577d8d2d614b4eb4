import { endAtOnce } from '@triplicate/core';

/** Calls to a file system that have not come back: nothing that was awaited leaves one, so it hangs. */
const isFileCallPending = (): boolean => process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));

/**
 * Ends the process with this code; everything is written. `process.exit` waits for the threads that read and write files, and one that a
 * disk or a mount does not answer would keep it for good: then the system ends the process, and what hangs with it.
 */
export const endProcess = (code: number): never => {
  if (isFileCallPending()) endAtOnce(code);
  process.exit(code);
};
