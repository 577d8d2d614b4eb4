/** COUNT times something that a snapshot needs rots away on one of three destinations; each has to be found in time, and healed. */
import { join } from 'node:path';
import { temporaryFolder } from '@triplicate/core/testing';
import { periodDays, rot as rotAway } from '../crash/rot.ts';
import { destinations } from '../crash/scenario.ts';
import { complaints } from '../kit/restic.ts';
import type { Campaign } from './main.ts';

export const rot: Campaign = async (count, seed) => {
  await using folder = await temporaryFolder();
  const { damages, days, found, healed, undetected, wrong, longestDays } = await rotAway(folder.path, count, seed);
  for (const [what, times] of [...damages].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    say(`  ${String(times).padStart(4)} × ${what}`);
  for (const line of undetected) say(`undetected: ${line}`);
  for (const line of wrong) say(`wrong: ${line}`);
  const made = [...damages.values()].reduce((sum, times) => sum + times, 0);
  say(
    `${made} damages in ${days} days, everything read within ${periodDays}: ${found} found, the last of them after ` +
      `${longestDays.toFixed(1)} days; ${healed} healed; ${undetected.length} undetected`,
  );
  const homes = destinations.map((name) => join(folder.path, name));
  const said = await complaints(homes, ['check', '--read-data']);
  for (const line of said) say(line);
  return undetected.length === 0 && wrong.length === 0 && healed === found && said.length === 0;
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);
