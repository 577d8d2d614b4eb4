import type { Schedule } from '@triplicate/core';
import { readdir, readFile } from 'node:fs/promises';
import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';

/** Where the machine is asked for what `when` wants; tests have one of their own. */
export interface Machine {
  readonly supplies: string;
  readonly addresses: () => readonly string[];
}

const thisMachine: Machine = {
  supplies: '/sys/class/power_supply',
  addresses: () =>
    Object.values(networkInterfaces()).flatMap((all) =>
      (all ?? []).flatMap(({ address, internal }) => (internal ? [] : [address])),
    ),
};

/** Why a run has to wait, by `when`; where the power cannot be asked nothing is in the way. */
export const hindranceOf = async ({ when }: Schedule, machine = thisMachine): Promise<string | undefined> => {
  if (when?.power === 'ac' && (await isOnBattery(machine.supplies))) return 'on battery';
  if (when?.network && !isInside(machine.addresses(), when.network))
    return 'in none of the networks that it may run in';
  return undefined;
};

const isInside = (addresses: readonly string[], networks: readonly string[]): boolean => {
  const allowed = new BlockList();
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/');
    allowed.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  // An address of a link may have its name behind it: fe80::1%eth0.
  return addresses
    .map((address) => address.replace(/%.*$/, ''))
    .some((address) => allowed.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'));
};

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
