/** How much later two healthy destinations have their snapshot when a third is in trouble. COUNT is the megabytes that are backed up. */
import type { Pipeline, RunEvent } from '@triplicate/core';
import { temporaryFolder } from '@triplicate/core/testing';
import { type Trouble, troubles } from '../faults/troubles.ts';
import { init, run, statuses } from '../kit/commands.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { writeSampleTree } from '../kit/sample-tree.ts';
import type { Campaign } from './main.ts';

const rounds = 5;
const healthy: readonly string[] = ['a', 'b'];
const threeHealthy: Trouble = { name: 'healthy too', outcome: 'behind' };

export const delays: Campaign = async (megabytes, seed) => {
  await using source = await temporaryFolder();
  writeSampleTree(source.path, { seed, folders: 10, filesInFolder: 100, largeBytes: (megabytes * 1_000_000) / 10 });
  const contestants = [undefined, threeHealthy, ...troubles.filter(({ skipped }) => skipped === undefined)];
  const times = new Map<Trouble | undefined, number[]>(contestants.map((trouble) => [trouble, []]));
  // In turn, so that what else the machine does falls on all of them.
  for (let round = 0; round < rounds; round += 1) {
    for (const trouble of contestants) times.get(trouble)?.push(await timed(source.path, trouble));
  }
  const alone = median(times.get(undefined) ?? []);
  say(`two destinations alone: ${alone.toFixed(0)} ms for ${megabytes} MB (median of ${rounds})`);
  for (const trouble of contestants) {
    if (trouble === undefined) continue;
    const own = median(times.get(trouble) ?? []);
    say(`  a third that is ${trouble.name}: ${own.toFixed(0)} ms, ${(((own - alone) / alone) * 100).toFixed(1)} %`);
  }
  return true;
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

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
    const start = performance.now();
    const { outcomes } = await run(pipelineOf(names), { wait: trouble === threeHealthy ? 'all' : 'quorum' });
    const said = statuses(outcomes);
    if (healthy.some((name) => said[name] !== 'stored')) throw new Error(`not stored: ${JSON.stringify(said)}`);
    return Math.max(...healthy.map((name) => stored.get(name) ?? Number.NaN)) - start;
  } finally {
    trouble?.cleanUp?.(home.path);
  }
};
