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
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = /^\d+ \(.*\) \S (\d+)/s.exec(look(`/proc/${name}/stat`))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isBelow = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === root || isBelow(parents.get(pid)));
  return [...parents.keys()].filter(isBelow).map((pid) => look(`/proc/${pid}/cmdline`).replaceAll('\0', ' '));
};

const look = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};

/** The files below a folder that hold one of the secrets, plain or as base64, with its name. */
export const filesWith = (folder: string, secrets: Readonly<Record<string, string>>): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .flatMap((path) => secretsIn(readFileSync(path, 'latin1'), secrets).map((name) => `${name} in ${path}`));

/** The names of those that a text holds, plain, as base64, or as in an address. */
export const secretsIn = (text: string, secrets: Readonly<Record<string, string>>): string[] =>
  Object.entries(secrets).flatMap(([name, secret]) => {
    const shapes = [secret, Buffer.from(secret).toString('base64').replace(/=+$/, ''), encodeURIComponent(secret)];
    return shapes.some((shape) => text.includes(shape)) ? [name] : [];
  });
