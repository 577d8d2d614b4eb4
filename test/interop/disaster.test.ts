/**
 * The drill: a month of runs over three destinations with retention, pruning and verification; then one destination is stolen, one is half
 * rotten, and the computer is gone. What is left is a password and the places.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Catalog, check, forget, heal, proof, prune, restore, verifyDue, type Pipeline } from '@triplicate/core';
import {
  FakeClock,
  seededInteger,
  seededRandom,
  temporaryFolder,
  type TemporaryFolder,
  hastyClock,
} from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyTree } from '../crash/scenario.ts';
import { init, restoreFolder, run } from '../kit/commands.ts';
import { harm, harms, objectsOf } from '../kit/damage.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { complaints, noRestic, restic, restics } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import { seededBytes, writeSampleTree } from '../kit/sample-tree.ts';

const day = 86_400_000;
const everyDays = 6;

let folder: TemporaryFolder;
let clock: FakeClock;
let catalog: Catalog;
const at = (...parts: string[]): string => join(folder.path, ...parts);

/** As one machine has it: its state stands in `home`, the places below `places`. */
const pipelineOf = (machine: string, destinations: readonly string[]): Pipeline => {
  const made = localPipeline({
    home: at('places'),
    paths: [at('live')],
    destinations,
    over: {
      clock: hastyClock(clock),
      packBytes: 512 * 1024,
      catalog,
    },
  });
  const retain = { a: { last: 2 }, b: { daily: 5 }, c: { daily: 30 } } as const;
  return {
    ...made,
    state: localPipeline({ home: at(machine), destinations }).state,
    destinations: made.destinations.map((one) => ({ ...one, retain: retain[one.name as 'a' | 'b' | 'c'] })),
  };
};

beforeAll(async () => {
  folder = await temporaryFolder();
  clock = new FakeClock('2026-10-01T02:00:00Z');
  catalog = new Catalog(':memory:');
  writeSampleTree(at('live'), { seed: 3, folders: 2, filesInFolder: 8, largeBytes: 300_000 });
  const random = seededRandom(8);
  const pipeline = pipelineOf('computer', ['a', 'b', 'c']);
  await init(pipeline);
  for (let turn = 0; turn < 30 / everyDays; turn += 1) {
    writeFileSync(at('live', `file of day ${turn}`), seededBytes(turn + 50, seededInteger(random, 10_000, 200_000)));
    if (turn > 1) rmSync(at('live', `file of day ${turn - 2}`));
    if (!(await run(pipeline)).quorumHeld) throw new Error(`turn ${turn} missed its quorum`);
    await forget(pipeline, { dryRun: false });
    if (turn % 2 === 1) await prune(pipeline, { dryRun: false });
    const verified = await verifyDue(pipeline, { withinMs: 30 * day, untilNextMs: everyDays * day });
    if (verified.some(({ status }) => status !== 'whole')) throw new Error(`turn ${turn}: ${JSON.stringify(verified)}`);
    clock.set(new Date(clock.now().getTime() + everyDays * day));
  }
  // The computer, and everything that it knew.
  copyTree(at('live'), at('as it was'));
  rmSync(at('computer'), { recursive: true });
  catalog = new Catalog(':memory:');
  // One destination.
  rmSync(at('places', 'a'), { recursive: true });
  // Half of another.
  for (const [i, path] of objectsOf(at('places', 'b'), 'data').entries())
    if (i % 2 === 0) harm(path, harms[seededInteger(random, 0, harms.length - 1)] ?? 'flip', random() * 0.99);
}, 180_000);
afterAll(() => folder[Symbol.asyncDispose]());

describe('after the worst month', () => {
  const left = ['b', 'c'];

  it('the proof knows which of what is left restores', async () => {
    const results = await proof(pipelineOf('new computer', left), {
      files: 100,
      random: () => 0.5,
      scratch: at('scratch'),
    });
    expect(results.map(({ destination, status }) => `${destination} ${status}`)).toEqual([
      expect.stringMatching(/^b (disproven|failed)$/) as string,
      'c proven',
    ]);
  });

  it('everything comes back, out of both', async () => {
    const to = at('back');
    mkdirSync(to);
    await restoreFolder(pipelineOf('new computer', left), { snapshot: 'latest', folder: at('live'), to });
    expect(differences(at('as it was'), to)).toEqual([]);
    const old = await restore(pipelineOf('new computer', left), { snapshot: '2026-10-15', to: at('old') });
    expect(old.problems).toEqual([]);
  });

  it.skipIf(noRestic !== undefined)('stock restic alone gives it back from the whole one', async () => {
    const { program } = restics.at(-1) ?? { program: 'restic' };
    const { code, out } = await restic(at('places', 'c'), ['restore', 'latest', '--target', at('stock')], program);
    expect(code === 0 ? '' : out).toBe('');
    expect(differences(at('as it was'), join(at('stock'), at('live')))).toEqual([]);
  });

  it('the rotten one is healed, and every restic is content with both', async () => {
    const pipeline = pipelineOf('new computer', left);
    expect((await heal(pipeline, { dryRun: false })).map(({ status }) => status)).toEqual(['healed', 'whole']);
    expect((await check(pipeline, { readData: 'all', random: () => 0 })).map(({ status }) => status)).toEqual([
      'whole',
      'whole',
    ]);
    expect(
      await complaints(
        left.map((name) => at('places', name)),
        ['check', '--read-data'],
      ),
    ).toEqual([]);
  });
});
