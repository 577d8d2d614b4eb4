import { describe, expect, it } from 'vitest';
import type { RecordedSnapshot } from '@triplicate/core/testing';
import plugin from '@triplicate/source-device';
import { backUp, captureOptions, filesOf, optionsFor, Phones } from './fixtures/phones.ts';

describe('a backup that leaves files out', () => {
  it('reads and drops them, is marked, goes on incrementally, and is whole again when nothing is left out', async () => {
    await using phones = await Phones.open();
    const phone = await phones.add({ seed: 'light', photos: 5 });
    const root = `MobileSync/${phone.udid}`;
    const options = { leaveOut: ['Media/DCIM'] };
    const sizes = (snapshot: RecordedSnapshot): [string, number][] =>
      [...filesOf(snapshot, root)].filter(([name]) => /^..\//.test(name)).map(([name, bytes]) => [name, bytes.length]);
    const whole = await backUp(phones, phone);
    const empty = (snapshot: RecordedSnapshot): number => sizes(snapshot).filter(([, size]) => size === 0).length;
    const first = await backUp(phones, phone, { previous: whole.snapshot, options });
    // Five photos, and one file that is empty on the phone itself.
    expect([empty(whole.snapshot), empty(first.snapshot)]).toEqual([1, 6]);
    expect(first.result).toMatchObject({
      incomplete: 'not restorable to a device',
      renewed: 'what is left out of the backup of Simulated iPhone is not what it was',
    });
    phone.takePhotos(1);
    const second = await backUp(phones, phone, { previous: first.snapshot, options });
    expect([empty(second.snapshot), second.result.renewed]).toEqual([7, undefined]);
    expect(second.builder.calls.filter((call) => /^file .*\/Snapshot\/[0-9a-f]{2}\//.test(call))).toHaveLength(1);
    const other = await phones.add({ seed: 'other' });
    await using target = await plugin.openTarget!(optionsFor(other), phones.context());
    await expect(target.restore(second.snapshot, captureOptions())).rejects.toThrow('files were left out');
    const again = await backUp(phones, phone, { previous: second.snapshot });
    expect([empty(again.snapshot), again.result.incomplete]).toEqual([1, undefined]);
    expect(again.result.renewed).toBe('what is left out of the backup of Simulated iPhone is not what it was');
    await target.restore(again.snapshot, captureOptions());
    for (const [key, about] of phone.inventory()) expect(other.inventory().get(key)).toBe(about);
  });

  it('keeps the lists of the backup itself, whatever a pattern matches', async () => {
    await using phones = await Phones.open();
    const phone = await phones.add({ seed: 'without-databases', photos: 2 });
    const options = { leaveOut: ['*.db', '*.plist', '/private'] };
    const first = await backUp(phones, phone, { options });
    expect(first.result.renewed).toBeUndefined();
    const manifest = filesOf(first.snapshot, `MobileSync/${phone.udid}`).get('Manifest.db');
    expect(manifest?.subarray(0, 15).toString()).toBe('SQLite format 3');
    phone.takePhotos(1);
    const second = await backUp(phones, phone, { previous: first.snapshot, options });
    expect(second.builder.calls.filter((call) => /^file .*\/Snapshot\/[0-9a-f]{2}\//.test(call))).toHaveLength(1);
  });
});
