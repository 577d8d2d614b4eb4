import type { Clock, InitRequest, Keychain, Surroundings } from '@triplicate/core';
import type { Writable } from 'node:stream';
import type { ReadStream } from 'node:tty';

/** A stream that may be a terminal. */
export type OutputStream = Writable & {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
};

export type InputStream = NodeJS.ReadableStream & Pick<Partial<ReadStream>, 'isTTY' | 'setRawMode'>;

export type StopSignal = 'SIGINT' | 'SIGTERM';

/** Everything that the command line touches outside of itself. `runProcess` gives the real one, tests give their own. */
export interface CliSurroundings extends Surroundings {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly username: string;
  readonly groupId: number | undefined;
  readonly pid: number;
  /** Worker threads that are worth starting. */
  readonly threads: number;
  /** Calls `listener` for each signal that asks to stop, until it is disposed. */
  readonly onStop: (listener: (signal: StopSignal) => void) => Disposable;
  /** Calls `listener` for an error that no handler caught: a mistake of ours or of a library. */
  readonly onCrash: (listener: (error: unknown) => void) => Disposable;
  /** Ends at once with this code; used when a clean end does not come. */
  readonly kill: (code: number) => void;
  /** The system's clock when absent. */
  readonly clock?: Clock;
  /** The system's keychain when absent. */
  readonly keychain?: Keychain;
  /** The cost of new key files; calibrated on this machine when absent. */
  readonly scrypt?: NonNullable<InitRequest['scrypt']>;
}
