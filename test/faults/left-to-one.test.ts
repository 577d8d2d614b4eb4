import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Destination, RunEvent } from '@triplicate/core';
import { temporaryFolder } from '@triplicate/core/testing';
import { expect, it } from 'vitest';
import { init, restoreFolder, run, statuses } from '../kit/commands.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { complaints } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import { writeSampleTree } from '../kit/sample-tree.ts';
import { Hanging, Triggered } from './troubles.ts';

it('reads a source once more when the fast destination goes away with what a slow one left to it', async () => {
  await using temporary = await temporaryFolder();
  await using source = await temporaryFolder();
  const home = temporary.path;
  // Thirty packs or more, wherever content is cut.
  writeSampleTree(source.path, { seed: 21, folders: 4, filesInFolder: 10, largeBytes: 8_000_000 });
  const events: RunEvent[] = [];
  const { promise: gone, resolve: answer } = Promise.withResolvers<void>();
  const away = async (): Promise<void> => {
    await rename(join(home, 'fast'), join(home, 'fast.away'));
    answer();
  };
  const wrap = (name: string, destination: Destination): Destination =>
    name === 'fast' ? new Triggered(destination, away, 20) : new Hanging(destination, gone);
  const pipeline = (troubled: boolean) =>
    localPipeline({
      home,
      paths: [source.path],
      destinations: ['slow', 'fast'],
      emit: (event) => events.push(event),
      ...(troubled ? { wrap } : {}),
      over: { packBytes: 256 * 1024, quorum: 1 },
    });
  await init(pipeline(false));
  const report = await run(pipeline(true));
  expect(statuses(report.outcomes)).toEqual({ slow: 'stored', fast: 'failed' });
  expect(report.quorumHeld).toBe(true);
  expect(report.sources).toMatchObject([{ source: 'files' }]);
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.error.message] : []));
  expect(warnings).toEqual(['"fast" went away with what "slow" had left to it: the source is read once more']);
  expect(await complaints([join(home, 'slow')], ['check', '--read-data'])).toEqual([]);
  const to = join(home, 'restored');
  await restoreFolder(pipeline(false), { snapshot: 'latest', folder: source.path, to, fromDestination: 'slow' });
  expect(differences(source.path, to)).toEqual([]);
});
