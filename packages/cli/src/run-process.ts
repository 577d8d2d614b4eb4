import { endThreadAhead } from '@triplicate/core/start';
import { availableParallelism, homedir, hostname, userInfo } from 'node:os';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { fileOutputOf } from './output/file-output.ts';
import { codeOnceWritten } from './output/once-written.ts';
import type { CliSurroundings, OutputStream, StopSignal } from './surroundings.ts';
import { readVersion } from './version.ts';

/** Runs the command of `process.argv` and ends the process with its exit code. */
export const runProcess = async (): Promise<void> => {
  const parameters = process.argv.slice(2);
  const surroundings = processSurroundings();
  // The question that scripts ask most is answered before anything is loaded.
  const asksVersion = parameters.length === 1 && (parameters[0] === '--version' || parameters[0] === '-V');
  const ended = asksVersion
    ? tellVersion(surroundings)
    : await (await import('./app.ts')).run(parameters, surroundings);
  await drained(surroundings.stdout);
  const code = await codeOnceWritten(ended, surroundings);
  if (asksVersion && code === exitCodes.ok) return;
  await drained(surroundings.stderr);
  // A socket or timer that a library left behind must not keep the program alive.
  await end(code);
};

const tellVersion = ({ stdout }: CliSurroundings): ExitCode => {
  stdout.on('error', () => undefined);
  stdout.write(`${readVersion()}\n`);
  return exitCodes.ok;
};

const end = async (code: number): Promise<never> => {
  const { endProcess } = await import('./end-process.ts');
  await endThreadAhead();
  return endProcess(code);
};

/** A pipe takes its bytes later, and `exit` would drop them. */
const drained = (stream: OutputStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) return resolve();
    stream.write('', () => resolve());
  });

const processSurroundings = (): CliSurroundings => ({
  env: process.env,
  cwd: process.cwd(),
  home: homedir(),
  platform: process.platform,
  hostname: hostname(),
  userId: process.getuid?.(),
  groupId: process.getgid?.(),
  username: usernameOr(String(process.getuid?.() ?? 'unknown')),
  pid: process.pid,
  threads: Math.max(1, Math.min(8, availableParallelism())),
  stdin: process.stdin,
  stdout: fileOutputOf(process.stdout.fd) ?? process.stdout,
  stderr: process.stderr,
  onStop,
  onCrash,
  kill: (code) => void end(code),
});

/** A container may run as a user that has no name. */
const usernameOr = (fallback: string): string => {
  try {
    return userInfo().username;
  } catch {
    return fallback;
  }
};

const onStop = (listener: (signal: StopSignal) => void): Disposable => {
  const signals: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];
  for (const signal of signals) process.on(signal, listener);
  return {
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, listener);
    },
  };
};

const onCrash = (listener: (error: unknown) => void): Disposable => {
  process.on('uncaughtException', listener);
  return { [Symbol.dispose]: () => void process.off('uncaughtException', listener) };
};
