import { temporaryFolder } from '@triplicate/core/testing';
import { describe, expect, it } from 'vitest';
import { writeUnits } from '../../src/schedule/place-units.ts';
import type { System } from '../../src/schedule/plan-units.ts';
import { type Ask, stateOfUnit, wordsOfUnit } from '../../src/schedule/unit-state.ts';

const filesOf: Readonly<Record<System, readonly string[]>> = {
  systemd: ['triplicate-main.service', 'triplicate-main.timer'],
  launchd: ['io.triplicate.main.plist'],
  'task-scheduler': ['triplicate-main.xml'],
};

/** What each of them says of one that it begins. */
const known: Readonly<Record<System, string>> = {
  systemd: 'UnitFileState=enabled\nActiveState=active\n',
  launchd: 'gui/501/io.triplicate.main = {',
  'task-scheduler': '<Settings><Enabled>true</Enabled></Settings>',
};

describe.each(Object.keys(known) as System[])('what %s has of a pipeline', (system) => {
  const files = filesOf[system].map((name) => ({ name, text: `of ${name}` }));
  const say = async (folder: string, ask: Ask): Promise<string> =>
    wordsOfUnit('main', await stateOfUnit(files, { system, folder, userId: 501, ask }), system).text;

  it('is told: nothing, something else, the same, and whether it is begun', async () => {
    await using folder = await temporaryFolder();
    const asked: string[] = [];
    const yes: Ask = async (command) => {
      asked.push(command.join(' '));
      return known[system];
    };
    expect(await say(folder.path, yes)).toBe('main is not installed: `triplicate schedule install` does it');
    expect(asked).toEqual([]);
    await writeUnits(folder.path, [{ name: files[0]?.name ?? '', text: 'of before' }], system);
    expect(await say(folder.path, yes)).toContain(`main is installed otherwise (${files[0]?.name} is not as shown`);
    await writeUnits(folder.path, files, system);
    expect(await say(folder.path, yes)).toBe(`main is installed as shown, and ${system} begins it at its times`);
    expect(asked.at(-1)).toContain(system === 'systemd' ? 'triplicate-main.timer' : 'triplicate');
    const off: Ask = async () => (system === 'systemd' ? 'UnitFileState=disabled\nActiveState=inactive\n' : undefined);
    expect(await say(folder.path, off)).toContain(`${system} does not begin it`);
    const silent: Ask = () => Promise.reject(new Error('no such program'));
    expect(await say(folder.path, silent)).toContain(`${system} could not be asked`);
  });
});
