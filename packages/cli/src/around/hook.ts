import { BackupError, sleepFor, toBackupError, shellWords, type Clock } from '@triplicate/core';
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { CliSurroundings } from '../surroundings.ts';

export interface HookOptions {
  readonly surroundings: Pick<CliSurroundings, 'env' | 'platform'>;
  readonly clock: Clock;
  /** Where it runs: the folder of the configuration. */
  readonly directory: string;
  /** Variables besides those of the surroundings. */
  readonly variables: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** How long the last lines of a program that has ended may take to come. */
const drainMs = 500;

/** How long a program may take to end after it was asked to. */
const graceMs = 5000;

/**
 * Runs a program of the user's own, without a shell and without a terminal, and tells each line that it writes. IO when it cannot be started
 * or ends with another code than 0; UNAVAILABLE when it takes too long, ABORTED when the signal fires: it is ended then, with all that it
 * started in its group. What it leaves in the background is not waited for, and not heard any more.
 */
export const runHook = async (name: string, command: readonly string[], options: HookOptions): Promise<void> => {
  const fail = (why: string, cause?: unknown): BackupError =>
    new BackupError('IO', `the hook "${name}" failed: ${why}`, {
      hint: `run \`${shellWords(command)}\` by hand to see what it says`,
      cause,
    });
  const [program = '', ...parameters] = command;
  const child = spawn(program, parameters, {
    cwd: options.directory,
    env: { ...options.surroundings.env, ...options.variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.surroundings.platform !== 'win32',
    windowsHide: true,
  });
  for (const stream of [child.stdout, child.stderr]) tellLines(stream, options.onLine);
  const over = new AbortController();
  const ended = new Promise<BackupError | undefined>((resolve) => {
    child.once('error', (error) => resolve(fail(toBackupError(error).message, error)));
    child.once('exit', (code, by) => {
      const over = (): void =>
        resolve(code === 0 ? undefined : fail(by === null ? `exit code ${code}` : `ended by ${by}`));
      child.once('close', over);
      // What it left running in the background may hold its pipes for ever.
      setTimeout(over, drainMs).unref();
    });
  });
  const late = sleepFor(options.clock, options.timeoutMs, AbortSignal.any([options.signal, over.signal])).then(
    () =>
      new BackupError('UNAVAILABLE', `the hook "${name}" took longer than ${Math.round(options.timeoutMs / 1000)} s`),
    () => new BackupError('ABORTED', 'interrupted'),
  );
  const first = await Promise.race([ended, late]);
  over.abort();
  if (first !== undefined && (first.code === 'UNAVAILABLE' || first.code === 'ABORTED'))
    await end(child, ended, options.surroundings.platform);
  for (const stream of [child.stdout, child.stderr]) stream.destroy();
  if (first !== undefined) throw first;
};

const tellLines = (stream: Readable, onLine: (line: string) => void): void => {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
};

/** Asks the whole group to end, and then ends it. */
const end = async (child: ChildProcess, ended: Promise<unknown>, platform: NodeJS.Platform): Promise<void> => {
  const signalGroup = (signal: 'SIGTERM' | 'SIGKILL'): void => {
    try {
      if (platform === 'win32' || child.pid === undefined) child.kill(signal);
      else process.kill(-child.pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  };
  signalGroup('SIGTERM');
  const timer = setTimeout(() => signalGroup('SIGKILL'), graceMs);
  await ended;
  clearTimeout(timer);
};
