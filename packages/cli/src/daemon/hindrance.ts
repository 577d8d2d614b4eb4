import type { Schedule } from '@triplicate/core';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const supplies = '/sys/class/power_supply';

/** Why a run has to wait, by `when`; where the power cannot be asked nothing is in the way. */
export const hindranceOf = async ({ when }: Schedule, folder = supplies): Promise<string | undefined> =>
  when?.power === 'ac' && (await isOnBattery(folder)) ? 'on battery' : undefined;

/** Linux tells of each supply whether it is mains and online. A machine without a battery has none that is discharging. */
const isOnBattery = async (folder: string): Promise<boolean> => {
  const names = await readdir(folder).catch(() => []);
  const read = (name: string, file: string): Promise<string> =>
    readFile(join(folder, name, file), 'utf8').then(
      (text) => text.trim(),
      () => '',
    );
  const all = await Promise.all(
    names.map(async (name) => ({
      type: await read(name, 'type'),
      online: await read(name, 'online'),
      status: await read(name, 'status'),
    })),
  );
  if (all.some(({ type, online }) => type !== 'Battery' && online === '1')) return false;
  return all.some(({ type, status }) => type === 'Battery' && status === 'Discharging');
};
