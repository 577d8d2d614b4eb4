import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** GNU time, which tells what a program and all that it waited for have used. */
const timeProgram = '/usr/bin/time';
const hasTime = existsSync(timeProgram);

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Cost {
  readonly seconds: number;
  /** User and system time of the whole process tree; undefined where GNU time is not installed. */
  readonly cpuSeconds: number | undefined;
  /** The largest resident set of a process of the tree. */
  readonly peakBytes: number | undefined;
}

/** Runs a command to its end. Throws with what it wrote when it fails. */
export const run = async (command: Command): Promise<string> => {
  const { program, args, env } = command;
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let talk = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (talk += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return out;
  throw new Error(`${program} ${args.join(' ')}\nended with ${code}:\n${out.slice(-2000)}${talk.slice(-2000)}`);
};

/** The same, and what it cost. `scratch` is a folder for a small file. */
export const measure = async (command: Command, scratch: string): Promise<Cost> => {
  const told = join(scratch, 'cost.txt');
  const { program, args } = command;
  const timed = { ...command, program: timeProgram, args: ['-q', '-f', '%U %S %M', '-o', told, program, ...args] };
  const start = performance.now();
  await run(hasTime ? timed : command);
  const seconds = (performance.now() - start) / 1000;
  if (!hasTime) return { seconds, cpuSeconds: undefined, peakBytes: undefined };
  const [user = 0, system = 0, kib = 0] = readFileSync(told, 'utf8').trim().split(' ').map(Number);
  return { seconds, cpuSeconds: user + system, peakBytes: kib * 1024 };
};

/** One after the other: times add up, peaks do not. */
export const measureAll = async (commands: readonly Command[], scratch: string): Promise<Cost> => {
  const costs: Cost[] = [];
  for (const command of commands) costs.push(await measure(command, scratch));
  return sumCosts(costs);
};

export const sumCosts = (costs: readonly Cost[]): Cost => ({
  seconds: costs.reduce((sum, { seconds }) => sum + seconds, 0),
  cpuSeconds: costs.reduce<number | undefined>((sum, { cpuSeconds }) => plus(sum, cpuSeconds), 0),
  peakBytes: costs.reduce<number | undefined>((most, { peakBytes }) => larger(most, peakBytes), 0),
});

const plus = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

const larger = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : Math.max(a, b);
