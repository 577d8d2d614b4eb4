import { callTable } from './c-calls.ts';

const exitCall = callTable((library) => library.declare('void _exit(int code)'));

/**
 * Ends the process with this code and waits for none of its threads, as `exit` does for those that a file call keeps. Comes back only where
 * there is no C library to call.
 */
export const endAtOnce = (code: number): void => void exitCall()?.(code);
