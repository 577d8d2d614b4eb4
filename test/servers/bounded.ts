/** Servers of a test: never longer than some minutes, and ended with all their children by their own process group. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface BoundedOptions {
  /** After so many seconds it is killed, whoever still wants it. */
  readonly seconds: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface BoundedServer extends AsyncDisposable {
  /** What it said, for the message when it does not come up. */
  readonly said: () => string;
  readonly ended: () => boolean;
}

/** Starts a program that stays in the foreground. It is killed when it is disposed of, when its time is over, and when this process ends. */
export const startBounded = (program: string, args: readonly string[], options: BoundedOptions): BoundedServer => {
  const { cwd, env = {}, seconds } = options;
  // `timeout` makes a process group of its own, and outlives us if we are killed.
  const child = spawn('timeout', ['-s', 'KILL', String(seconds), program, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => (text = (text + piece.toString()).slice(-20_000)));
  }
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const kill = (): void => killGroup(child);
  process.once('exit', kill);
  return {
    said: () => text,
    ended,
    async [Symbol.asyncDispose]() {
      process.off('exit', kill);
      if (ended()) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      child.once('exit', () => resolve());
      kill();
      await promise;
    },
  };
};

const killGroup = ({ exitCode, pid, signalCode }: ChildProcess): void => {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
};

/** Below what Linux, macOS and Windows give to whoever asks for any port, and above all that `fetch` refuses. */
const ports = [10_100, 32_768] as const;

/**
 * A port on the loopback interface that nobody listens on, and that the system gives to nobody by itself: some servers take seconds before they
 * listen, and a connection of another program would have it by then.
 */
export const freePort = async (): Promise<number> => {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = randomInt(...ports);
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
};

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  server.once('error', () => resolve(false));
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  return promise;
};

/** Resolves when `look` is content; throws with what the server said when it ended or is not up in time. */
export const untilUp = async (
  look: () => Promise<boolean>,
  server: BoundedServer,
  { name, seconds }: { readonly name: string; readonly seconds: number },
): Promise<void> => {
  for (const deadline = performance.now() + seconds * 1000; ;) {
    if (await look().catch(() => false)) return;
    if (server.ended() || performance.now() > deadline) throw new Error(`${name} did not come up:\n${server.said()}`);
    await pause(100);
  }
};

export const isInstalled = (program: string, ...args: readonly string[]): boolean => {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
