import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimDevice } from '@triplicate/device-simulator';
import plugin, { findDevice, openMux } from '@triplicate/source-device';
import { ownAddress } from '../../../test/kit/own-address.ts';
import { backUp, captureOptions, filesOf, optionsFor, Phones } from './fixtures/phones.ts';

const { signal } = new AbortController();

describe('several phones', () => {
  let phones: Phones;
  beforeEach(async () => {
    phones = await Phones.open();
  });
  afterEach(async () => {
    expect(phones.problems).toEqual([]);
    await phones[Symbol.asyncDispose]();
  });
  const find = (udid: string, wifi = true): ReturnType<typeof findDevice> =>
    findDevice(openMux({ address: phones.address, platform: 'linux' }), { udid, wifi }, signal);

  it('are told apart, and "any" means one alone', async () => {
    const anna = await phones.add({ seed: 'anna' });
    expect((await find('any')).udid).toBe(anna.udid);
    const ben = await phones.add({ seed: 'ben' });
    await expect(find('any')).rejects.toMatchObject({
      code: 'USAGE',
      message: `2 devices are connected and "udid: any" means one: ${anna.udid}, ${ben.udid}`,
    });
    expect((await find(ben.udid.replaceAll('-', '').toLowerCase())).udid).toBe(ben.udid);
    phones.server.detach(anna);
    await expect(find(anna.udid)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('are backed up at the same time, each its own', async () => {
    const both = [await phones.add({ seed: 'anna', photos: 9 }), await phones.add({ seed: 'ben', photos: 5 })];
    const runs = await Promise.all(both.map((phone) => backUp(phones, phone)));
    for (const [i, phone] of both.entries()) {
      const other = new SimDevice({ seed: `fresh ${i}` });
      phones.server.attach(other);
      await phones.pair(other);
      const restore = { removeOthers: true, systemFiles: true };
      await using target = await plugin.openTarget!(optionsFor(other, { restore }), phones.context());
      await target.restore(runs[i]!.snapshot, captureOptions());
      expect(other.inventory()).toEqual(phone.inventory());
    }
  });

  it('are backed up and restored in the network, by their cable where they have one', async () => {
    const phone = await phones.add({ seed: 'distant', name: 'Far away' });
    phones.server.detach(phone);
    await phones.server.attachNetwork(phone, ownAddress());
    expect(await find('any')).toMatchObject({ connection: 'network' });
    await expect(find('any', false)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const first = await backUp(phones, phone);
    const [taken] = phone.takePhotos(1);
    const second = await backUp(phones, phone, { previous: first.snapshot });
    const uploads = second.builder.calls.filter((call) => /^file .*\/Snapshot\/[0-9a-f]{2}\//.test(call));
    expect([taken, uploads.length]).toEqual([expect.stringContaining('IMG_'), 1]);
    expect(filesOf(second.snapshot, `MobileSync/${phone.udid}`).has('Manifest.db')).toBe(true);
    const restore = { removeOthers: true, systemFiles: true };
    await using target = await plugin.openTarget!(optionsFor(phone, { restore }), phones.context());
    const before = phone.inventory();
    phone.remove(taken ?? '');
    await target.restore(second.snapshot, captureOptions());
    expect(phone.inventory()).toEqual(before);
    phones.server.attach(phone);
    expect(await find('any')).toMatchObject({ connection: 'usb' });
  });
});
