import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '@triplicate/core';
import { writeXmlPlist } from '@triplicate/plist';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCli, type Cli, type Ended, type TypeOptions } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';
import { openPhoneDesk, type PhoneDesk } from '../support/phones.ts';

const day = 86_400_000;
const udid = '00008110-0000000000000001';

let cli: Cli;
let desk: PhoneDesk;
let aheadMs = 0;
/** The real one, so many days ahead. */
const clock: Clock = {
  now: () => new Date(Date.now() + aheadMs),
  sleep: (until, options) => systemClock.sleep(new Date(until.getTime() - aheadMs), options),
};
beforeEach(async () => {
  [cli, desk] = await Promise.all([createCli(), openPhoneDesk()]);
  aheadMs = 0;
  const config = [
    'version: 1',
    'pipelines:',
    '  main:',
    '    sources: { annas-iphone: { type: device, udid: any, encryption: as-is } }',
    '    destinations: { disk: { type: local, path: ./disk, media: hdd } }',
    '    encrypt: { password: { env: SECRET } }',
  ];
  await writeFile(join(cli.folder, 'triplicate.yaml'), config.join('\n'));
});
afterEach(async () => {
  await cli[Symbol.asyncDispose]();
  await desk[Symbol.asyncDispose]();
});

const type = async (parameters: readonly string[], options: TypeOptions = {}): Promise<Ended> => {
  const ended = await cli.type(parameters, { env: { ...desk.env, SECRET: 'secret words' }, clock, ...options });
  expectDocumented(ended.lines);
  return ended;
};

/** `copies/media/offsite`, and what is missing. */
const covered = async (options: TypeOptions = {}): Promise<unknown[]> => {
  const { lines } = await type(['status', '--json'], options);
  const { coverage } = lines[0] as {
    coverage: { copies: number; media: number; offsite: number; original: boolean; missing: { what: string }[] };
  };
  const figures = [coverage.copies, coverage.media, coverage.offsite].join('/');
  return [`${figures}${coverage.original ? '' : ' without the original'}`, ...coverage.missing.map(({ what }) => what)];
};

/** As Finder leaves it. */
const finderFolder = async (home: string, date: Date, state = 'finished'): Promise<void> => {
  const folder = join(home, 'Library/Application Support/MobileSync/Backup', udid);
  await mkdir(folder, { recursive: true });
  const lists = {
    'Info.plist': { 'Target Identifier': udid, 'Device Name': 'Annas iPhone' },
    'Manifest.plist': { IsEncrypted: true },
    'Status.plist': { SnapshotState: state, Date: date },
  };
  for (const [name, content] of Object.entries(lists)) await writeFile(join(folder, name), writeXmlPlist(content));
  await writeFile(join(folder, 'Manifest.db'), Buffer.alloc(16));
};

describe('copies that are not ours', () => {
  it('count while they are seen: the phone, its iCloud backup by the date that it told, Finder’s folder', async () => {
    const phone = desk.plugIn({ seed: 'anna', name: 'Annas iPhone', udid, photos: 3 });
    await type(['devices', 'pair']);
    await type(['init']);
    await type(['backup']);
    const lacking = ['2 of 3 copies', 'no copy off site'];
    expect(await covered()).toEqual(['2/2/0', ...lacking]);

    phone.setValue('com.apple.mobile.backup', 'LastCloudBackupDate', new Date(clock.now().getTime() - 3 * day));
    // It is the backup that asks the phone.
    expect(await covered()).toEqual(['2/2/0', ...lacking]);
    await type(['backup']);
    expect(await covered()).toEqual(['3/3/1']);
    const { out, code } = await type(['status'], { columns: 80 });
    expect(out).toMatch(/^annas-iphone: iCloud 3 days ago, seen just now$/m);
    expect(code).toBe(0);

    desk.server.detach(phone);
    aheadMs += 20 * day;
    expect(await covered()).toEqual(['2/2/0', 'the iCloud backup of "annas-iphone" is 23 days old and does not count']);
    aheadMs += 20 * day;
    expect(await covered()).toEqual([
      '1/1/0 without the original',
      'the iCloud backup of "annas-iphone" is 43 days old and does not count',
      '"annas-iphone" was not seen for 40 days and does not count',
    ]);

    // On its cable again it is there, backup or not.
    desk.server.attach(phone);
    expect((await covered())[0]).toBe('2/2/0');
  });

  it('are found where Finder keeps them, when they are finished', async () => {
    desk.plugIn({ seed: 'anna', name: 'Annas iPhone', udid, photos: 3 });
    await type(['devices', 'pair']);
    await type(['init']);
    await type(['backup']);
    const mac = { platform: 'darwin' } as const;
    await finderFolder(cli.home, clock.now(), 'uploading');
    expect((await covered(mac))[0]).toBe('2/2/0');
    await finderFolder(cli.home, new Date(clock.now().getTime() - 5 * day));
    expect(await covered(mac)).toEqual(['3/2/0', 'no copy off site']);
    expect(await covered()).toEqual(['2/2/0', '2 of 3 copies', 'no copy off site']);
  });
});
