/** Whether a secret shows anywhere while a program runs and after it. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface Told {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** The command lines of it and of everything that it started, as /proc had them while it ran. */
  readonly commandLines: ReadonlySet<string>;
}

const lookEveryMs = 15;

/** Runs a program to its end, and looks at its processes all the time. */
export const runWatched = async (
  program: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<Told> => {
  const child = spawn(program, args, { cwd, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const said = { out: '', err: '' };
  child.stdout.on('data', (piece: Buffer) => (said.out += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (said.err += piece.toString()));
  const commandLines = new Set<string>();
  let over = false;
  void ended.then(() => (over = true));
  while (!over) {
    for (const line of commandLinesBelow(child.pid ?? -1)) commandLines.add(line);
    await pause(lookEveryMs);
  }
  return { code: await ended, ...said, commandLines };
};

/** Of a process and its descendants, as far as they are still there. */
const commandLinesBelow = (root: number): string[] => {
  const below = [root];
  for (const pid of below) below.push(...childrenOf(pid));
  return below.map((pid) => look(`/proc/${pid}/cmdline`).replaceAll('\0', ' '));
};

const childrenOf = (pid: number): number[] => {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .flatMap((task) => look(`/proc/${pid}/task/${task}/children`).split(' '))
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
};

const look = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};

/** The files below a folder that hold one of the secrets in any shape of `secretsIn`, with its name. */
export const filesWith = (folder: string, secrets: Readonly<Record<string, string>>): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .flatMap((path) => secretsIn(readFileSync(path, 'latin1'), secrets).map((name) => `${name} in ${path}`));

/** The names of those that a text holds, plain, as in an address, or as base64, also of something longer such as `user:password`. */
export const secretsIn = (text: string, secrets: Readonly<Record<string, string>>): string[] =>
  Object.entries(secrets).flatMap(([name, secret]) => {
    const shapes = [secret, encodeURIComponent(secret), ...[0, 1, 2].map((before) => base64After(before, secret))];
    return shapes.some((shape) => text.includes(shape)) ? [name] : [];
  });

/** What base64 makes of it behind so many bytes; letters that other bytes have a share in are left out. */
const base64After = (before: number, secret: string): string => {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  const whole = bytes.subarray(0, bytes.byteLength - (bytes.byteLength % 3));
  return whole.toString('base64').slice(before === 0 ? 0 : 4);
};
