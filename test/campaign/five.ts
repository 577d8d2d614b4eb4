/** One run to five destinations of five kinds: each replica by itself gives back the source, and stock restic reads all of each. COUNT is MiB. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackupReport } from '@triplicate/core';
import { temporaryFolder } from '@triplicate/core/testing';
import { init, restoreFolder, run } from '../kit/commands.ts';
import { type FiveKind, FiveKinds, fiveKinds, noFiveKinds } from '../kit/five-kinds.ts';
import { type Restic, restic, restics } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import { seededBytes, writeSampleTree } from '../kit/sample-tree.ts';
import type { Campaign } from './main.ts';

const mib = 1024 * 1024;
/** Of the files that make up the size. */
const fileBytes = 8 * mib;
const serverSeconds = 3000;

export const five: Campaign = async (count, seed) => {
  if (noFiveKinds !== undefined) throw new Error(noFiveKinds);
  const { wrong } = await runToFive({ mebibytes: count, seed, say, seconds: serverSeconds });
  for (const line of wrong) say(`    WRONG: ${line}`);
  return wrong.length === 0;
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

export interface FiveOptions {
  readonly mebibytes: number;
  readonly seed: number;
  readonly seconds?: number;
  readonly say: (line: string) => void;
}

export interface FiveResult {
  /** What does not hold; empty when all does. */
  readonly wrong: readonly string[];
  /** Replicas that stock restic has read, each of them with every restic that there is. */
  readonly judged: readonly FiveKind[];
}

export const runToFive = async (options: FiveOptions): Promise<FiveResult> => {
  const { mebibytes, seconds, seed } = options;
  await using folder = await temporaryFolder();
  const source = join(folder.path, 'source');
  writeSource(source, mebibytes, seed);
  await using kinds = await FiveKinds.start({ folder: folder.path, ...(seconds === undefined ? {} : { seconds }) });
  const contest = new FiveTrial(kinds, folder.path, options);
  await contest.backUp(source);
  for (const kind of fiveKinds) await contest.restoreAlone(source, kind);
  for (const kind of fiveKinds) for (const judge of restics) await contest.judge(kind, judge);
  return contest;
};

/** A tree with something of everything, and files of noise beside it. */
const writeSource = (source: string, mebibytes: number, seed: number): void => {
  writeSampleTree(join(source, 'tree'), { seed, largeBytes: 300_000 });
  mkdirSync(join(source, 'noise'));
  const size = mebibytes * mib;
  for (let at = 0; at < size; at += fileBytes) {
    const bytes = seededBytes(seed + at / mib + 1, Math.min(fileBytes, size - at));
    writeFileSync(join(source, 'noise', `file-${at / fileBytes}`), bytes);
  }
};

class FiveTrial implements FiveResult {
  readonly wrong: string[] = [];
  readonly judged: FiveKind[] = [];
  readonly #kinds: FiveKinds;
  readonly #folder: string;
  readonly #options: FiveOptions;

  constructor(kinds: FiveKinds, folder: string, options: FiveOptions) {
    this.#kinds = kinds;
    this.#folder = folder;
    this.#options = options;
  }

  async backUp(source: string): Promise<void> {
    const stored = new Map<string, number>();
    let start = 0;
    const pipeline = this.#kinds.pipeline({
      machine: 'first',
      paths: [source],
      over: {
        quorum: fiveKinds.length,
        emit: (event) => {
          if (event.type !== 'lane-progress' || event.progress.state !== 'stored') return;
          if (!stored.has(event.destination)) stored.set(event.destination, performance.now() - start);
        },
      },
    });
    await init(pipeline);
    start = performance.now();
    const report = await run(pipeline);
    const took = performance.now() - start;
    this.#expectStored(report);
    const { say: tell, mebibytes } = this.#options;
    tell(`one run of ${mebibytes} MiB to five: ${inSeconds(took)}, ${(mebibytes / (took / 1000)).toFixed(1)} MiB/s`);
    for (const kind of fiveKinds)
      tell(`  ${kind.padEnd(7)} has its snapshot after ${inSeconds(stored.get(kind) ?? Number.NaN)}`);
  }

  #expectStored({ outcomes }: BackupReport): void {
    const stored = outcomes.filter(({ status }) => status === 'stored').map(({ destination }) => destination);
    for (const kind of fiveKinds) if (!stored.includes(kind)) this.wrong.push(`${kind} has not stored it`);
    for (const { destination, error } of outcomes) if (error) this.wrong.push(`${destination}: ${error.message}`);
  }

  /** On a machine that knows of this one destination and has never seen it. */
  async restoreAlone(source: string, kind: FiveKind): Promise<void> {
    const to = join(this.#folder, 'restored');
    const pipeline = this.#kinds.pipeline({ machine: `restores-${kind}`, paths: [source], only: [kind] });
    const start = performance.now();
    const { problems } = await restoreFolder(pipeline, { snapshot: 'latest', folder: source, to });
    const took = performance.now() - start;
    const different = differences(source, to);
    rmSync(to, { recursive: true, force: true });
    this.wrong.push(...problems.map(({ error, path }) => `restore from ${kind}: ${path}: ${error.message}`));
    this.wrong.push(...different.map((line) => `restore from ${kind}: ${line}`));
    const equal = problems.length === 0 && different.length === 0;
    this.#options.say(`restore from ${kind} alone: ${inSeconds(took)}, ${equal ? 'equal to the source' : 'NOT EQUAL'}`);
  }

  async judge(kind: FiveKind, { program, version }: Restic): Promise<void> {
    const { args, env, missing, repository } = this.#kinds.resticView(kind);
    const name = version.split(' compiled ')[0] ?? version;
    if (missing !== undefined) return this.#options.say(`${name} does not read ${kind}: ${missing}`);
    const start = performance.now();
    const { code, out } = await restic(repository, [...args, 'check', '--read-data'], program, env);
    // A distribution may build it without the libraries of some providers.
    if (out.includes('invalid backend')) return this.#options.say(`${name} was built without what reads ${kind}`);
    const clean = code === 0 && out.includes('no errors were found');
    if (!clean) this.wrong.push(`${name} check --read-data of ${kind}: ${out.slice(0, 800)}`);
    if (!this.judged.includes(kind)) this.judged.push(kind);
    this.#options.say(
      `${name} check --read-data of ${kind}: ${clean ? 'no errors were found' : 'NOT CLEAN'}, ${inSeconds(performance.now() - start)}`,
    );
  }
}

const inSeconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
