import { join } from 'node:path';
import { check, sync } from '@triplicate/core';
import { temporaryFolder } from '@triplicate/core/testing';
import { expect, it } from 'vitest';
import { cheapenKeys } from '../kit/cheap-keys.ts';
import { init, restoreFolder, run, statuses } from '../kit/commands.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { complaints, noRestic, restic } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import { writeSampleTree } from '../kit/sample-tree.ts';

it.skipIf(noRestic !== undefined)(
  `a replica that is still of format 1 takes nothing from one that restic has upgraded${noRestic ? ` (skipped: ${noRestic})` : ''}`,
  async () => {
    await using temporary = await temporaryFolder();
    await using source = await temporaryFolder();
    const home = temporary.path;
    const at = (name: string): string => join(home, name);
    writeSampleTree(source.path, { seed: 3, folders: 2, filesInFolder: 8, largeBytes: 300_000 });
    const pipeline = () => localPipeline({ home, paths: [source.path], destinations: ['a', 'b'], over: { quorum: 1 } });
    expect(await restic(at('a'), ['init', '--repository-version', '1'])).toMatchObject({ code: 0 });
    await cheapenKeys(at('a'));
    await init(pipeline());
    await run(pipeline());
    expect(await restic(at('a'), ['migrate', 'upgrade_repo_v2'])).toMatchObject({ code: 0 });

    writeSampleTree(join(source.path, 'more'), { seed: 4, folders: 3, filesInFolder: 8, largeBytes: 400_000 });
    const report = await run(pipeline());
    expect(statuses(report.outcomes)).toEqual({ a: 'stored', b: 'failed' });
    const why = report.outcomes.find(({ destination }) => destination === 'b')?.error;
    expect(why).toMatchObject({ code: 'UNSUPPORTED', hint: expect.stringContaining('migrate upgrade_repo_v2') });
    expect(await complaints([at('a'), at('b')], ['check', '--read-data'])).toEqual([]);
    expect(await sync(pipeline(), { dryRun: false })).toMatchObject([
      { destination: 'a' },
      { destination: 'b', status: 'failed' },
    ]);
    expect(await complaints([at('b')], ['check', '--read-data'])).toEqual([]);

    expect(await restic(at('b'), ['migrate', 'upgrade_repo_v2'])).toMatchObject({ code: 0 });
    expect(await sync(pipeline(), { dryRun: false })).toMatchObject([
      { destination: 'a', status: 'synced' },
      { destination: 'b', status: 'synced', snapshots: 1 },
    ]);
    expect(await complaints([at('a'), at('b')], ['check', '--read-data'])).toEqual([]);
    const results = await check(pipeline(), { readData: 'all', random: Math.random });
    expect(results).toMatchObject([{ status: 'whole' }, { status: 'whole' }]);
    const to = at('restored');
    await restoreFolder(pipeline(), { snapshot: 'latest', folder: source.path, to, fromDestination: 'b' });
    expect(differences(source.path, to)).toEqual([]);
  },
);
