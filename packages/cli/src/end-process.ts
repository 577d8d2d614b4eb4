import { endAtOnce } from '@triplicate/core';
import { flushCompileCache } from 'node:module';

/** Calls to a file system that may not have come back; one that has is still counted until its memory is collected. */
const isFileCallPending = (): boolean => process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));

/**
 * Ends the process with this code; everything is written. `process.exit` waits for the threads that read and write files, and one that a
 * disk or a mount does not answer would keep it for good: then the system ends the process after the last listener for its end.
 */
export const endProcess = (code: number): never => {
  if (isFileCallPending()) {
    process.on('exit', () => {
      flushCompileCache();
      endAtOnce(code);
    });
  }
  process.exit(code);
};
