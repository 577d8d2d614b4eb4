import { endThreadAhead } from '@triplicate/core/start';
import { availableParallelism, homedir, hostname, userInfo } from 'node:os';
import type { CliSurroundings, OutputStream, StopSignal } from './surroundings.ts';
import { readVersion } from './version.ts';

/** Runs the command of `process.argv` and ends the process with its exit code. */
export const runProcess = async (): Promise<void> => {
  const parameters = process.argv.slice(2);
  // The question that scripts ask most is answered before anything is loaded.
  if (parameters.length === 1 && (parameters[0] === '--version' || parameters[0] === '-V')) {
    process.stdout.write(`${readVersion()}\n`);
    return;
  }
  const { run } = await import('./app.ts');
  const surroundings = processSurroundings();
  const code = await run(parameters, surroundings);
  await Promise.all([drained(surroundings.stdout), drained(surroundings.stderr)]);
  // A socket or timer that a library left behind must not keep the program alive.
  await end(code);
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
  stdout: process.stdout,
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
