import { bytesBelow } from '../data/files.ts';
import { run, sumCosts } from '../tools/measure.ts';
import type { TriplicateSetup } from '../tools/triplicate.ts';
import type { Bench } from './bench.ts';
import { works } from './names.ts';

/** Repositories that hold one backup of the mixed data. */
export interface Filled {
  /** Ours with one destination, `a`; beside it `peer-1`, which restic filled. */
  readonly one: TriplicateSetup;
  /** Ours with three destinations. */
  readonly three: TriplicateSetup;
}

/**
 * First backups, each round into new repositories. Those that restic fills are made by our `init` beside ours, so that the key files of
 * both ask for the same scrypt cost.
 */
export const firstBackups = async (bench: Bench, data: string): Promise<Filled> => {
  let filled: Filled | undefined;
  for (let round = 0; round < bench.parts.rounds; round += 1) {
    if (filled) await drop(bench, filled);
    filled = await oneRound(bench, data, round);
  }
  if (filled === undefined) throw new TypeError('there was no round');
  return filled;
};

const destinations = ['a', 'b', 'c'];

const oneRound = async (bench: Bench, data: string, round: number): Promise<Filled> => {
  const one = bench.setup('one', data);
  await one.create(['a', 'peer-1', 'peer-2', 'peer-3']);
  one.aim(['a']);
  const three = bench.setup('three', data);
  await three.create(destinations);
  await backupOurs(bench, one, round);
  const first = await peer(bench, { one, data, name: 'peer-1' });
  if (first) {
    const storedBytes = bytesBelow(one.repository('peer-1'));
    bench.add({ work: works.first, who: 'restic', round, cost: first, storedBytes });
  }
  await backupBorg(bench, data, round);
  await bench.time({ work: works.three, who: 'triplicate', round }, three.command('backup'));
  const second = await peer(bench, { one, data, name: 'peer-2' });
  const third = await peer(bench, { one, data, name: 'peer-3' });
  if (first && second && third) {
    bench.add({ work: works.three, who: 'restic', round, cost: sumCosts([first, second, third]) });
  }
  bench.remove('one/peer-2', 'one/peer-3');
  return { one, three };
};

const backupOurs = async (bench: Bench, one: TriplicateSetup, round: number): Promise<void> => {
  const cost = await bench.cost(one.command('backup'));
  bench.add({ work: works.first, who: 'triplicate', round, cost, storedBytes: bytesBelow(one.repository('a')) });
};

const peer = async (
  bench: Bench,
  { one, data, name }: { readonly one: TriplicateSetup; readonly data: string; readonly name: string },
) => bench.parts.restic && bench.cost(bench.parts.restic.backup(one.repository(name), data));

const backupBorg = async (bench: Bench, data: string, round: number): Promise<void> => {
  const { borg } = bench.parts;
  if (borg === undefined) return;
  bench.remove('borg');
  const repository = bench.path('borg');
  await run(borg.init(repository));
  await bench.time({ work: works.first, who: 'borg', round }, borg.create(repository, 'first', data));
};

/** What a round leaves behind is judged before the next one begins. */
const drop = async (bench: Bench, { one, three }: Filled): Promise<void> => {
  await bench.judge([one.repository('a'), ...destinations.map((name) => three.repository(name))]);
  bench.remove('one', 'three');
};
