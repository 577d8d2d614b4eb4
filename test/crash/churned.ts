/** A folder that is worked in, backed up many times, and of whose snapshots only the last ones are kept. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { forget, type Pipeline } from '@triplicate/core';
import { seededInteger, seededRandom } from '@triplicate/core/testing';
import { init, run } from '../kit/commands.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { seededBytes } from '../kit/sample-tree.ts';
import { copyTree } from './scenario.ts';

export interface ChurnOptions {
  readonly backups: number;
  readonly kept: number;
  readonly seed: number;
  /** Of a file. */
  readonly mostBytes: number;
}

export interface Churned {
  /** Holds the replica `a` with everything that was stored, of which most is not needed any more. */
  readonly home: string;
  /** The same of a repository that took nothing but the kept snapshots. */
  readonly fresh: string;
  readonly live: string;
  /** The folder as it was in each snapshot that is kept, by its id. */
  readonly states: ReadonlyMap<string, string>;
}

export const pipelineOver = (home: string, live: string): Pipeline =>
  localPipeline({ home, paths: [live], destinations: ['a'] });

export const churned = async (root: string, { backups, kept, seed, mostBytes }: ChurnOptions): Promise<Churned> => {
  const [home, fresh, live] = ['old', 'fresh', 'live'].map((name) => join(root, name)) as [string, string, string];
  const random = seededRandom(seed);
  mkdirSync(live, { recursive: true });
  await init(pipelineOver(home, live));
  await init(pipelineOver(fresh, live));
  const states = new Map<string, string>();
  for (let i = 0; i < backups; i += 1) {
    work(live, random, mostBytes);
    const { sources } = await run(pipelineOver(home, live));
    if (i < backups - kept) continue;
    await run(pipelineOver(fresh, live));
    for (const { snapshot } of sources) states.set(snapshot ?? '', copyTree(live, join(root, `state ${i}`)));
  }
  // So few files may change so much that the run before looks like the last good one: what is kept for that reason has to go here.
  const forgotten = await forget(pipelineOver(home, live), {
    policy: { last: kept },
    acceptChange: true,
    dryRun: false,
  });
  if (forgotten.some((one) => one.kept !== kept))
    throw new Error(`kept other than ${kept}: ${JSON.stringify(forgotten)}`);
  return { home, fresh, live, states };
};

/** Some files are new, some change, some go. */
const work = (folder: string, random: () => number, mostBytes: number): void => {
  for (let i = 0; i < 8; i += 1) {
    const name = join(folder, `file ${seededInteger(random, 0, 200)}`);
    if (random() < 0.15) rmSync(name, { force: true });
    else writeFileSync(name, seededBytes(seededInteger(random, 1, 2 ** 30), seededInteger(random, 1000, mostBytes)));
  }
};
