/** What one destination in trouble costs the two others, and what becomes of it. COUNT is the megabytes that are backed up. */
import { join } from 'node:path';
import type { Pipeline, RunEvent } from '@triplicate/core';
import { temporaryFolder } from '@triplicate/core/testing';
import { writeTroubled } from '../faults/troubled-program.ts';
import { type Trouble, troubles } from '../faults/troubles.ts';
import { init, run, statuses } from '../kit/commands.ts';
import { objectsOf } from '../kit/damage.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { saidOf, triplicate } from '../kit/program.ts';
import { complaints } from '../kit/restic.ts';
import { writeSampleTree } from '../kit/sample-tree.ts';
import type { Campaign } from './main.ts';

const rounds = 7;
/** What the machine does besides is noise: more than this, and it waited. */
const mostDelay = 0.1;
const healthy: readonly string[] = ['a', 'b'];
const threeHealthy: Trouble = { name: 'healthy too', outcome: 'behind' };

export const isolation: Campaign = async (megabytes, seed) => {
  await using source = await temporaryFolder();
  writeSampleTree(source.path, { seed, folders: 10, filesInFolder: 100, largeBytes: (megabytes * 1_000_000) / 10 });
  for (const { name, skipped } of troubles) if (skipped !== undefined) say(`${name} is left out: ${skipped}`);
  const possible = troubles.filter(({ skipped }) => skipped === undefined);
  const late = await delays(source.path, [threeHealthy, ...possible], megabytes);
  let wrong = late.length;
  for (const trouble of possible) {
    for (const quorum of [2, 3]) {
      const found = await throughProgram(source.path, trouble, quorum);
      wrong += found.length;
      for (const line of found) say(`    WRONG: ${line}`);
    }
  }
  return wrong === 0;
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/** Prints by how much each makes the two others later; those that do so by too much. */
const delays = async (source: string, contestants: readonly Trouble[], megabytes: number): Promise<Trouble[]> => {
  const all = [undefined, ...contestants];
  const times = new Map<Trouble | undefined, number[]>(all.map((trouble) => [trouble, []]));
  // In turn, and each time another one first, so that what else the machine does falls on all of them.
  for (let round = 0; round < rounds; round += 1)
    for (const trouble of [...all.slice(round), ...all.slice(0, round)])
      times.get(trouble)?.push(await timed(source, trouble));
  const alone = times.get(undefined) ?? [];
  say(`two destinations alone: ${median(alone).toFixed(0)} ms for ${megabytes} MB (median of ${rounds}),`);
  say(`  at best ${Math.min(...alone).toFixed(0)} ms; with a third, by the median and by the best of each:`);
  const later = (trouble: Trouble, of: (numbers: readonly number[]) => number): number =>
    of(times.get(trouble) ?? []) / of(alone) - 1;
  const best = (numbers: readonly number[]): number => Math.min(...numbers);
  for (const trouble of contestants)
    say(
      `  ${trouble.name}: ${(later(trouble, median) * 100).toFixed(1)} %, ${(later(trouble, best) * 100).toFixed(1)} %`,
    );
  // The best is what the run itself takes, wherever else the machine is busy.
  return contestants.filter((trouble) => trouble !== threeHealthy && later(trouble, best) > mostDelay);
};

/** Milliseconds from the start of the run until both healthy destinations have the snapshot. */
const timed = async (source: string, trouble: Trouble | undefined): Promise<number> => {
  await using home = await temporaryFolder();
  const stored = new Map<string, number>();
  const emit = (event: RunEvent): void => {
    if (event.type !== 'lane-progress' || event.progress.state !== 'stored') return;
    if (!stored.has(event.destination)) stored.set(event.destination, performance.now());
  };
  const pipelineOf = (names: readonly string[]): Pipeline =>
    localPipeline({
      home: home.path,
      paths: [source],
      destinations: names,
      emit,
      wrap: (name, destination) => (name === 'c' && trouble?.wrap ? trouble.wrap(destination, home.path) : destination),
      over: { quorum: 2, patienceMs: 5_000 },
    });
  trouble?.prepare?.(home.path);
  try {
    const names = trouble ? [...healthy, 'c'] : healthy;
    await init(localPipeline({ home: home.path, paths: [source], destinations: names }));
    trouble?.begin?.(home.path);
    const pipeline = pipelineOf(names);
    const start = performance.now();
    const { outcomes } = await run(pipeline, { wait: trouble === threeHealthy ? 'all' : 'quorum' });
    const said = statuses(outcomes);
    if (healthy.some((name) => said[name] !== 'stored')) throw new Error(`not stored: ${JSON.stringify(said)}`);
    return Math.max(...healthy.map((name) => stored.get(name) ?? Number.NaN)) - start;
  } finally {
    trouble?.cleanUp?.(home.path);
  }
};

/** A backup that waits for all of them, as a process; then the trouble is over and a sync completes it. What does not hold. */
const throughProgram = async (source: string, trouble: Trouble, quorum: number): Promise<string[]> => {
  await using temporary = await temporaryFolder();
  const home = temporary.path;
  const wrong: string[] = [];
  trouble.prepare?.(home);
  try {
    writeTroubled({ home, source, trouble, quorum });
    const made = await triplicate(home, ['--json', 'init']);
    if (made.code !== 0) wrong.push(`init ended with ${made.code}: ${made.talk}`);
    trouble.begin?.(home);
    const backup = await triplicate(home, ['--json', 'backup']);
    const said = saidOf(backup);
    const expected = said['c'] === 'stored' ? 0 : quorum === 2 ? 3 : 4;
    if (backup.code !== expected) wrong.push(`it ended with ${backup.code} and not with ${expected}`);
    if (said['a'] !== 'stored' || said['b'] !== 'stored') wrong.push(`the others are ${JSON.stringify(said)}`);
    // One that is only slow has all of it in the end.
    if (said['c'] === 'stored' && trouble.outcome === 'failed') wrong.push('the one in trouble is said to be stored');
    trouble.end?.(home);
    writeTroubled({ home, source, quorum });
    const sync = await triplicate(home, ['--json', 'sync']);
    const homes = ['a', 'b', 'c'].map((name) => join(home, name));
    const complained = await complaints(homes, ['check', '--read-data']);
    if (sync.code !== 0) wrong.push(`sync ended with ${sync.code}: ${sync.talk}`);
    if (homes.some((path) => objectsOf(path, 'snapshots').length !== 1)) wrong.push('a snapshot is missing after sync');
    wrong.push(...complained);
    say(
      `${trouble.name}, quorum ${quorum}: ${said['c']}, exit ${backup.code} after ${(backup.milliseconds / 1000).toFixed(0)} s; ` +
        `sync exits ${sync.code}; stock check of all three: ${complained.length === 0 ? 'clean' : 'NOT CLEAN'}`,
    );
    return wrong;
  } finally {
    trouble.cleanUp?.(home);
  }
};
