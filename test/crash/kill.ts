/** One kill: a process dies in the middle of a command, and everything that must hold afterwards is looked at. */
import { execFile } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  bytesFromText,
  check,
  heal,
  type ListedSnapshot,
  type Pipeline,
  prune,
  restoreToFolder,
  Session,
  sync,
} from '@triplicate/core';
import { run } from '../kit/commands.ts';
import { bytesOf } from '../kit/damage.ts';
import { complaints, restics } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import type { ChildRequest } from './child.ts';
import type { KillAt } from './killing-destination.ts';
import { copyTree, destinations, packBytes, pipelineOf, type Command, type Scenario } from './scenario.ts';

const exec = promisify(execFile);
const child = join(import.meta.dirname, 'child.ts');
/** Of `localPipeline`. */
const workers = 2;

export interface ChildResult {
  /** The operation that it died at; `undefined` when it ended by itself. */
  readonly killed?: string;
  readonly place?: string;
  /** Operations until then. */
  readonly total: number;
  readonly counts?: Readonly<Record<string, number>>;
}

export const runChild = async (request: ChildRequest): Promise<ChildResult> => {
  const args = ['--conditions=@triplicate/source', '--no-warnings', child, JSON.stringify(request)];
  const { stdout, failure } = await exec(process.execPath, args).then(
    (done) => ({ stdout: done.stdout, failure: undefined }),
    (error: { stdout: string; signal?: string; stderr: string }) => ({ stdout: error.stdout, failure: error }),
  );
  if (failure && failure.signal !== 'SIGKILL') throw new Error(`the child failed by itself: ${failure.stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as ChildResult;
};

/** What a run without a kill does, to compare with. */
export interface CleanRun {
  readonly result: ChildResult;
  /** In data/, by destination. */
  readonly bytes: Readonly<Record<string, number>>;
}

export const cleanRun = async (scenario: Scenario): Promise<CleanRun> => {
  const home = copyTree(scenario.template, `${scenario.template}.clean`);
  const result = await runChild({ command: scenario.command, home, sources: scenario.sources });
  const bytes = Object.fromEntries(destinations.map((name) => [name, bytesOf(join(home, name), 'data')]));
  rmSync(home, { recursive: true });
  return { result, bytes };
};

export interface KillReport {
  readonly child: ChildResult;
  /** Everything that does not hold; empty when all is well. */
  readonly wrong: readonly string[];
  /** The largest share of bytes in data/ after the next run, of those after a clean run. */
  readonly reuse: number;
  /** Snapshots that were restored, from one replica each. */
  readonly restored: number;
}

const next: Readonly<Record<Command, (pipeline: Pipeline) => Promise<unknown>>> = {
  backup: (pipeline) => run(pipeline),
  sync: (pipeline) => sync(pipeline, { dryRun: false }),
  heal: (pipeline) => heal(pipeline, { dryRun: false }),
  prune: (pipeline) => prune(pipeline, { dryRun: false, maxUnused: { bytes: 0 } }),
};

/** `judges`: the restics that check; our own check does where there is none. */
export const killOnce = async (
  scenario: Scenario,
  kill: KillAt,
  { clean, judges = restics }: { readonly clean?: CleanRun; readonly judges?: typeof restics } = {},
): Promise<KillReport> => {
  const { command, sources, sound } = scenario;
  const home = copyTree(scenario.template, join(dirname(scenario.template), `killed ${process.pid}`));
  const pipeline = pipelineOf(home, sources);
  const wrong: string[] = [];
  try {
    const result = await runChild({ command, home, sources, kill });
    wrong.push(...(await judge(home, sound, { judges, args: ['check', '--no-lock'], when: 'at once' })));
    let restored = await restoreAll(scenario, home, { alone: sound, wrong, when: 'at once' });
    await next[command](pipeline);
    const reuse = clean === undefined ? 1 : reuseOf(home, clean, wrong);
    const left = destinations.filter((name) =>
      readdirSync(join(home, name, 'locks')).some((file) => !file.startsWith('.')),
    );
    if (left.length > 0) wrong.push(`locks were left on ${left.join(', ')}`);
    wrong.push(
      ...(await judge(home, destinations, { judges, args: ['check', '--read-data'], when: 'after the next run' })),
    );
    restored += await restoreAll(scenario, home, { alone: destinations, wrong, when: 'after the next run' });
    return { child: result, wrong, reuse, restored };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
};

/** Little is stored twice: a tenth, and what each worker had in hand. */
const reuseOf = (home: string, clean: CleanRun, wrong: string[]): number => {
  const shares = destinations.map((name) => {
    const bytes = bytesOf(join(home, name), 'data');
    const least = clean.bytes[name] ?? 0;
    if (bytes > least * 1.1 + workers * packBytes)
      wrong.push(`${name} has ${bytes} bytes in data/, and ${least} after a clean run`);
    return bytes / Math.max(1, least);
  });
  return Math.max(...shares);
};

interface Judging {
  readonly judges: typeof restics;
  readonly args: readonly string[];
  readonly when: string;
}

const judge = async (
  home: string,
  names: readonly string[],
  { judges, args, when }: Judging,
): Promise<readonly string[]> => {
  if (judges.length === 0) return ownCheck(home, names, when);
  const homes = names.map((name) => join(home, name));
  return (await complaints(homes, args, judges)).map((line) => `${when}: ${line}`);
};

const ownCheck = async (home: string, names: readonly string[], when: string): Promise<string[]> => {
  const results = await check(pipelineOf(home, {}, names), { readData: 'all', random: Math.random });
  return results
    .filter(({ status }) => status !== 'whole')
    .map(
      ({ destination, errors }) =>
        `check of ${destination} ${when}: ${errors.map(({ message }) => message).join('; ')}`,
    );
};

interface RestoreAll {
  /** Replicas that each have to give all of their snapshots; all of them together when there is none. */
  readonly alone: readonly string[];
  readonly wrong: string[];
  readonly when: string;
}

const restoreAll = async (scenario: Scenario, home: string, { alone, wrong, when }: RestoreAll): Promise<number> => {
  const pipeline = pipelineOf(home, scenario.sources);
  let restored = 0;
  for (const only of alone.length > 0 ? alone.map((name) => new Set([name])) : [new Set(destinations)]) {
    // No lock is taken, so that those that the killed process left stay for the next run to find.
    await using session = await Session.open(pipeline, { lock: 'read', only });
    for (const snapshot of session.snapshots) {
      const to = join(home, 'restored');
      const found = await restoreOne(scenario, session, snapshot, to);
      const whence = [...only].join(' and ');
      if (found.length > 0)
        wrong.push(`${snapshot.id.slice(0, 8)} from ${whence} ${when}: ${found.slice(0, 5).join('; ')}`);
      rmSync(to, { recursive: true, force: true });
      restored += 1;
    }
  }
  return restored;
};

/** What a restore says and what is not as it was. */
const restoreOne = async (
  { sources, expected }: Scenario,
  session: Session,
  snapshot: ListedSnapshot,
  to: string,
): Promise<string[]> => {
  const { id, source = '' } = snapshot;
  const [folder = ''] = sources[source] ?? [];
  const from = bytesFromText(folder.slice(1));
  const { problems } = await restoreToFolder(session.reader(snapshot), to, { from, signal: session.pipeline.signal });
  return [...problems.map(({ path, error }) => `${path}: ${error.message}`), ...differences(expected(id, source), to)];
};
