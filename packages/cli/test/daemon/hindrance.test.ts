import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@triplicate/core/testing';
import { describe, expect, it } from 'vitest';
import { hindranceOf } from '../../src/daemon/hindrance.ts';

const at = (...addresses: string[]) => ({ supplies: '/nowhere', addresses: () => addresses });
const inNetworks = (network: string[], ...addresses: string[]): Promise<string | undefined> =>
  hindranceOf({ when: { network } }, at(...addresses));

describe('a run that may not begin everywhere', () => {
  it('waits until the machine is in one of its networks', async () => {
    const away = 'in none of the networks that it may run in';
    const home = ['192.168.1.0/24', 'fd00:1::/64'];
    expect(await inNetworks(home, '10.0.0.3', '192.168.1.77')).toBeUndefined();
    expect(await inNetworks(home, '10.0.0.3', 'fd00:1::5%eth0')).toBeUndefined();
    expect(await inNetworks(home, '10.0.0.3', '192.168.2.77', 'fd00:2::5')).toBe(away);
    expect(await inNetworks(home)).toBe(away);
    expect(await hindranceOf({}, at())).toBeUndefined();
  });

  it('waits on battery, and not where there is none', async () => {
    await using folder = await temporaryFolder();
    const supply = async (name: string, facts: Record<string, string>): Promise<void> => {
      await mkdir(join(folder.path, name), { recursive: true });
      for (const [file, text] of Object.entries(facts)) await writeFile(join(folder.path, name, file), `${text}\n`);
    };
    const machine = { supplies: folder.path, addresses: () => [] };
    const when = { power: 'ac' } as const;
    expect(await hindranceOf({ when }, machine)).toBeUndefined();
    await supply('BAT0', { type: 'Battery', status: 'Discharging' });
    await supply('AC', { type: 'Mains', online: '0' });
    expect(await hindranceOf({ when }, machine)).toBe('on battery');
    await supply('AC', { type: 'Mains', online: '1' });
    expect(await hindranceOf({ when }, machine)).toBeUndefined();
  });
});
