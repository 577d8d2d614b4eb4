import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { check, type Pipeline, sync } from '@triplicate/core';
import { type TemporaryFolder, temporaryFolder } from '@triplicate/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { init, restoreFolder, run, statuses } from '../kit/commands.ts';
import { objectsOf } from '../kit/damage.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { complaints } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import { writeSampleTree } from '../kit/sample-tree.ts';
import { Hanging, type Trouble, troubles } from './troubles.ts';

const names = ['a', 'b', 'c'] as const;
let source: TemporaryFolder;
let temporary: TemporaryFolder;
let home: string;

beforeAll(async () => {
  source = await temporaryFolder();
  writeSampleTree(source.path, { seed: 8, folders: 4, filesInFolder: 10, largeBytes: 3_000_000 });
});
afterAll(() => source[Symbol.asyncDispose]());
beforeEach(async () => {
  temporary = await temporaryFolder();
  home = temporary.path;
});
afterEach(() => temporary[Symbol.asyncDispose]());

/** A process that is not there any more when its lock, which it could not remove, turns up again. */
const gone = { hostname: hostname(), username: 'tester', uid: 0, gid: 0, pid: 2 ** 22 + 1 };

/** `trouble` holds for c. Packs are small, so that what is on its way to c does not all fit into memory. */
const pipelineWith = (trouble?: Trouble, over: Partial<Pipeline> = {}): Pipeline =>
  localPipeline({
    home,
    paths: [source.path],
    destinations: names,
    wrap: (name, destination) => (name === 'c' && trouble?.wrap ? trouble.wrap(destination, home) : destination),
    over: { packBytes: 256 * 1024, quorum: 2, patienceMs: 2_500, ...over },
  });

const expectEqual = async (): Promise<void> => {
  const results = await check(pipelineWith(), { readData: 'all', random: Math.random });
  expect(results.map(({ destination, status, errors }) => [destination, status, errors])).toEqual(
    names.map((name) => [name, 'whole', []]),
  );
  const homes = names.map((name) => join(home, name));
  expect(await complaints(homes, ['check', '--read-data'])).toEqual([]);
  const [a, ...others] = homes.map((path) => objectsOf(path, 'snapshots').map((file) => basename(file)));
  expect(others).toEqual([a, a]);
  const to = join(home, 'restored');
  await restoreFolder(pipelineWith(), { snapshot: 'latest', folder: source.path, to, fromDestination: 'c' });
  expect(differences(source.path, to)).toEqual([]);
};

describe.each(troubles)('a destination that is $name', (trouble) => {
  it.skipIf(trouble.skipped !== undefined)(
    `keeps nothing from the others, and is completed by a sync${trouble.skipped ? ` (skipped: ${trouble.skipped})` : ''}`,
    async () => {
      trouble.prepare?.(home);
      try {
        await init(pipelineWith());
        trouble.begin?.(home);
        const wait = trouble.outcome === 'behind' ? 'quorum' : 'all';
        const report = await run(pipelineWith(trouble, { host: gone }), { wait });
        expect(statuses(report.outcomes)).toEqual({ a: 'stored', b: 'stored', c: trouble.outcome });
        expect(report.quorumHeld).toBe(true);
        trouble.end?.(home);
        const results = await sync(pipelineWith(), { dryRun: false });
        expect(results).toMatchObject([
          { destination: 'a', status: 'synced', snapshots: 0 },
          { destination: 'b', status: 'synced', snapshots: 0 },
          { destination: 'c', status: 'synced', snapshots: 1, incomplete: [] },
        ]);
        await expectEqual();
      } finally {
        trouble.cleanUp?.(home);
      }
    },
    180_000,
  );
});

describe('a destination that hangs', () => {
  it('hangs on while the others have the snapshot, and is given it when it answers again', async () => {
    await init(pipelineWith());
    const answers = Promise.withResolvers<void>();
    const stored = new Set<string>();
    const seen: string[][] = [];
    const pipeline = localPipeline({
      home,
      paths: [source.path],
      destinations: names,
      wrap: (name, destination) => (name === 'c' ? new Hanging(destination, answers.promise) : destination),
      emit: (event) => {
        if (event.type !== 'lane-progress' || event.progress.state !== 'stored' || stored.has(event.destination))
          return;
        stored.add(event.destination);
        seen.push(names.filter((name) => existsSync(join(home, name, 'snapshots'))));
        // Were they to wait for c, this would never be.
        if (stored.size === 2) answers.resolve();
      },
      over: { packBytes: 256 * 1024, quorum: 2 },
    });
    const report = await run(pipeline);
    expect(seen).toEqual([expect.arrayContaining([[...stored][0]]), ['a', 'b'], names]);
    expect(statuses(report.outcomes)).toEqual({ a: 'stored', b: 'stored', c: 'stored' });
    await expectEqual();
  }, 180_000);
});

describe('a quorum of all three', () => {
  it('is missed when one fails, and the other two have the snapshot all the same', async () => {
    const hung = troubles.find(({ name }) => name === 'hung');
    await init(pipelineWith());
    const report = await run(pipelineWith(hung, { quorum: 3, patienceMs: 1_500 }));
    expect(statuses(report.outcomes)).toEqual({ a: 'stored', b: 'stored', c: 'failed' });
    expect(report.quorumHeld).toBe(false);
    expect(report.outcomes.find(({ destination }) => destination === 'c')?.error?.code).toBe('UNAVAILABLE');
  });
});
