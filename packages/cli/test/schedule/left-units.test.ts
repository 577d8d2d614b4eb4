import { temporaryFolder } from '@triplicate/core/testing';
import { expect, it } from 'vitest';
import { cronFields } from '../../src/schedule/cron-fields.ts';
import { leftUnits } from '../../src/schedule/left-units.ts';
import { writeUnits } from '../../src/schedule/place-units.ts';
import { filesOf, type System } from '../../src/schedule/plan-units.ts';

const configFile = '/home/anna/100% "mine" & more.yaml';
const systems: readonly System[] = ['systemd', 'launchd', 'task-scheduler'];

it.each(systems)('units of a pipeline without times are known in the folder of %s, and no others', async (system) => {
  await using folder = await temporaryFolder();
  const install = async (name: string, config: string): Promise<readonly string[]> => {
    const cron = cronFields('0 2 * * *');
    if (!cron) throw new TypeError('a cron expression');
    const files = filesOf(
      {
        name,
        command: ['/usr/bin/node', '/opt/bin.js', '--config', config, '--pipeline', name, 'daemon', '--once'],
        cron,
        timezone: undefined,
        unseen: [],
        jitterMs: 0,
        onAc: false,
        directory: '/tmp',
        environment: {},
      },
      system,
    );
    await writeUnits(folder.path, files, system);
    return files.map((file) => file.name);
  };
  await install('family', configFile);
  await install('of-another', '/home/anna/other.yaml');
  const names = await install('old.name', configFile);
  const left = await leftUnits(folder.path, { system, configFile, planned: new Set(['family']) });
  expect(left.map(({ pipeline, files }) => [pipeline, files.map(({ name }) => name)])).toEqual([['old.name', names]]);
  expect(await leftUnits(`${folder.path}/none`, { system, configFile, planned: new Set() })).toEqual([]);
});
