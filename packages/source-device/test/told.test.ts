import { expect, it, vi } from 'vitest';
import plugin from '@triplicate/source-device';
import { DeviceLink } from '../src/backup/device-link.ts';
import { backUp, captureOptions, filesOf, optionsFor, Phones } from './fixtures/phones.ts';

it('a phone is told how it is to be restored, in its own words', async () => {
  await using phones = await Phones.open();
  const phone = await phones.add({ seed: 'told', photos: 1, messages: 1, documents: 1 });
  const { snapshot } = await backUp(phones, phone);
  const request = vi.spyOn(DeviceLink.prototype, 'request');
  const told = async (restore: object): Promise<unknown> => {
    request.mockClear();
    await using target = await plugin.openTarget!(optionsFor(phone, { restore }), phones.context());
    await target.restore(snapshot, captureOptions());
    return request.mock.calls[0]?.[2]['Options'];
  };
  const usual = {
    RestoreSystemFiles: false,
    RestoreShouldReboot: true,
    RestoreDontCopyBackup: true,
    RestorePreserveSettings: true,
    RemoveItemsNotRestored: false,
  };
  expect(await told({})).toEqual(usual);
  expect(await told({ systemFiles: true })).toEqual({ ...usual, RestoreSystemFiles: true });
  expect(await told({ keepSettings: false })).toEqual({ ...usual, RestorePreserveSettings: false });
  expect(await told({ removeOthers: true })).toEqual({ ...usual, RemoveItemsNotRestored: true });
  expect(await told({ reboot: false })).toEqual({ ...usual, RestoreShouldReboot: false });
  request.mockRestore();
});

it('a photo of the same size and another time is read again', async () => {
  await using phones = await Phones.open();
  const phone = await phones.add({ seed: 'edited', photos: 1, messages: 0, documents: 0 });
  const options = { options: { mode: 'photos' } };
  const first = await backUp(phones, phone, options);
  const photo = [...phone.content.values()].find(({ relativePath }) => relativePath.endsWith('.HEIC'))!;
  const bytes = Buffer.alloc(photo.size, 'edited');
  phone.put({ ...photo, modified: photo.modified + 60, content: { bytes } });
  const { snapshot } = await backUp(phones, phone, { ...options, previous: first.snapshot });
  const path = photo.relativePath.replace('Media/DCIM', 'Camera Roll');
  expect(filesOf(snapshot, `Photos/${phone.udid}`).get(path)?.equals(bytes)).toBe(true);
});
