import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { kill } from 'node:process';
import type { Readable } from 'node:stream';
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import { sleepFor, type Clock } from '../clock.ts';
import type { Surroundings } from './surroundings.ts';

export interface SecretCommandOptions {
  readonly surroundings: Surroundings;
  readonly clock: Clock;
  /** Where it runs: the folder of the configuration. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** Time enough to unlock a password manager by hand. */
const timeLimitMs = 60_000;
const outputLimit = 1024 * 1024;

type Ending = { readonly output: Buffer } | { readonly error: BackupError };
type Fail = (why: string, cause?: unknown) => Ending;

/**
 * What a program writes to its standard output. It is started without a shell and without a terminal, in a process group of its own that is
 * ended as a whole after a minute, after 1 MiB, or when `signal` fires. What it writes to its standard error is dropped, for that may
 * hold the secret.
 */
export const runSecretCommand = async (command: readonly string[], options: SecretCommandOptions): Promise<Buffer> => {
  throwIfAborted(options.signal);
  const fail: Fail = (why, cause) => ({
    error: new BackupError('AUTH', `the command "${command[0]}" gave no secret: ${why}`, {
      hint: 'Run it by hand to see what it says; it has to write the secret to its standard output.',
      cause,
    }),
  });
  const child = start(command, options);
  const finished = new AbortController();
  const late = sleepFor(options.clock, timeLimitMs, AbortSignal.any([options.signal, finished.signal])).then(
    () => fail('it took more than a minute'),
    (): Ending => ({ error: new BackupError('ABORTED', 'interrupted') }),
  );
  const ending = await Promise.race([collectOutput(child, fail), late]);
  finished.abort();
  if ('output' in ending) return ending.output;
  endGroup(child.pid, options.surroundings.platform);
  throw ending.error;
};

type Child = ChildProcessByStdio<null, Readable, null>;

const start = (
  [program = '', ...parameters]: readonly string[],
  { surroundings, directory }: SecretCommandOptions,
): Child =>
  spawn(program, parameters, {
    cwd: directory,
    env: surroundings.env,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: surroundings.platform !== 'win32',
    windowsHide: true,
  });

const collectOutput = (child: Child, fail: Fail): Promise<Ending> =>
  new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    child.stdout.on('data', (part: Buffer) => {
      length += part.length;
      if (length > outputLimit) resolve(fail('it wrote more than 1 MiB'));
      else parts.push(part);
    });
    child.once('error', (error) => resolve(fail(toBackupError(error).message, error)));
    child.once('close', (code, by) =>
      resolve(
        code === 0 ? { output: Buffer.concat(parts) } : fail(by === null ? `exit code ${code}` : `ended by ${by}`),
      ),
    );
  });

const endGroup = (pid: number | undefined, platform: NodeJS.Platform): void => {
  if (pid === undefined) return;
  if (platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true }).once(
      'error',
      () => {},
    );
    return;
  }
  try {
    kill(-pid, 'SIGKILL');
  } catch {
    // The whole group has ended already.
  }
};
