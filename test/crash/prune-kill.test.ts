import { join } from 'node:path';
import { prune } from '@triplicate/core';
import { seededRandom, temporaryFolder } from '@triplicate/core/testing';
import { expect, it } from 'vitest';
import { bytesOf } from '../kit/damage.ts';
import { complaints } from '../kit/restic.ts';
import { churned, pipelineOver } from './churned.ts';
import { killPrune, runPrune } from './prune-kill.ts';
import { copyTree } from './scenario.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);

it(`leaves hardly more than a fresh repository holds, and loses nothing when it is killed at any moment (seed ${seed})`, async () => {
  await using folder = await temporaryFolder();
  const set = await churned(folder.path, { backups: 16, kept: 3, seed, mostBytes: 60_000 });
  const { milliseconds } = await runPrune(copyTree(set.home, `${set.home} measured`), set.live);
  const random = seededRandom(seed);
  for (let i = 0; i < 3; i += 1) {
    const { wrong, restored } = await killPrune(set, random() * milliseconds);
    expect(wrong).toEqual([]);
    expect(restored).toBe(3);
  }
  await prune(pipelineOver(set.home, set.live), { dryRun: false });
  const [after, fresh] = [set.home, set.fresh].map((home) => bytesOf(join(home, 'a'), 'data')) as [number, number];
  expect(after).toBeLessThan(fresh * 1.05);
  expect(await complaints([join(set.home, 'a')], ['check', '--read-data'])).toEqual([]);
}, 240_000);
