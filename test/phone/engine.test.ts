import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { check, type Pipeline, type PipelineSource } from '@triplicate/core';
import { seededRandom } from '@triplicate/core/testing';
import type { FaultPlan, SimDevice } from '@triplicate/device-simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { init, restoreFolder, run } from '../kit/commands.ts';
import { harm, objectsOf } from '../kit/damage.ts';
import { folderBytes } from '../kit/folder-bytes.ts';
import { restoreOnto } from '../kit/onto-phone.ts';
import { PhoneDesk } from '../kit/phone-desk.ts';
import { complaints, noRestic, restic } from '../kit/restic.ts';
import { hasProgram, runClient } from '../../packages/device-simulator/test/fixtures/real-client.ts';

const installed = hasProgram('idevicebackup2');

let desk: PhoneDesk;
let phone: SimDevice;
let source: PipelineSource;
let pipeline: Pipeline;
beforeEach(async () => {
  desk = await PhoneDesk.open();
  phone = await desk.add({ seed: 'engine', name: 'Annas iPhone', photos: 40, photoBytes: 80_000, documents: 60 });
  source = desk.source('anna', phone);
  pipeline = desk.pipeline([source]);
  await init(pipeline);
});
afterEach(async () => {
  await desk[Symbol.asyncDispose]();
  expect(desk.problems).toEqual([]);
});

const place = (name: string): string => join(desk.folder, name);

/** Names and contents of a backup folder, without what the computer itself writes. */
const contentOf = (root: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'Info.plist')
      .map(({ parentPath, name }) => [
        join(parentPath, name).slice(root.length),
        readFileSync(join(parentPath, name), 'base64'),
      ])
      .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  );

describe('a phone in a real repository', () => {
  it('comes back from each destination alone, and from two damaged ones together', async () => {
    await run(pipeline);
    phone.takePhotos(3);
    phone.edit(2);
    await run(pipeline);
    expect(await complaints([place('a'), place('b')], ['check', '--read-data'])).toEqual([]);
    for (const from of ['a', 'b']) {
      const fresh = await desk.add({ seed: `fresh ${from}` });
      await restoreOnto(desk, pipeline, fresh, { from });
      expect(fresh.inventory()).toEqual(phone.inventory());
    }
    const random = seededRandom(52);
    const [packs = [], others = []] = ['a', 'b'].map((name) => objectsOf(place(name), 'data'));
    packs.forEach((pack, i) => harm(i % 2 === 0 ? pack : (others[i] ?? ''), i % 4 < 2 ? 'flip' : 'missing', random()));
    const results = await check(pipeline, { readData: 'all', random: Math.random });
    expect(results.map(({ status }) => status)).toEqual(['damaged', 'damaged']);
    const fresh = await desk.add({ seed: 'fresh of both' });
    await restoreOnto(desk, pipeline, fresh);
    expect(fresh.inventory()).toEqual(phone.inventory());
  });

  it('sends and stores only what changed', async () => {
    await run(pipeline);
    const before = folderBytes(place('a'));
    const changed = phone.takePhotos(6, 200_000).length * 200_000;
    const second = await run(pipeline);
    expect(second.sources[0]?.captured?.counts.filesNew).toBe(6);
    const grown = folderBytes(place('a')) - before;
    // The photos, what of Manifest.db is new, and the folders that hold something new.
    const manifest = statSync(join(await restored('measured'), 'Manifest.db')).size;
    expect(grown).toBeLessThan(changed * 1.05 + manifest + 20_000);
  });

  it('keeps what arrived before a failure and does not lose the snapshot before', async () => {
    await run(pipeline);
    const before = phone.inventory();
    phone.takePhotos(30, 400_000);
    const failing = async (faults: FaultPlan): Promise<string | undefined> => {
      phone.faults = faults;
      try {
        return (await run(pipeline)).sources[0]?.error?.message;
      } finally {
        phone.faults = {};
      }
    };
    expect(await failing({ dropAfterFiles: 25 })).toBe('the connection to Annas iPhone was lost');
    expect(await failing({ dropAfterBytes: 4_000_001 })).toBe('the connection to Annas iPhone was lost');
    expect(await failing({ errorCode: 104 })).toContain('could not send some of its files');
    expect(await failing({ hostileUpload: `${phone.udid}/../../owned` })).toContain('outside its own backup');
    const fresh = await desk.add({ seed: 'fresh' });
    await restoreOnto(desk, pipeline, fresh);
    expect(fresh.inventory()).toEqual(before);
    const stored = folderBytes(place('a'));
    const whole = await run(pipeline);
    expect(whole.outcomes.map(({ status }) => status)).toEqual(['stored', 'stored']);
    // All thirty had arrived with the run that ended with 104: what is new are the manifest and the lists of files.
    expect(folderBytes(place('a')) - stored).toBeLessThan(2 * 400_000);
    await restoreOnto(desk, pipeline, fresh);
    expect(fresh.inventory()).toEqual(phone.inventory());
    expect(await complaints([place('a'), place('b')], ['check', '--read-data'])).toEqual([]);
  });

  /** The backup folder of the newest snapshot, as our restore writes it. */
  const restored = async (name: string): Promise<string> => {
    const to = join(desk.folder, name, phone.udid);
    const { problems } = await restoreFolder(pipeline, { snapshot: 'latest', folder: `/MobileSync/${phone.udid}`, to });
    expect(problems).toEqual([]);
    return to;
  };

  describe.skipIf(!installed)(`beside idevicebackup2 (${installed ? 'installed' : 'not installed'})`, () => {
    const client = async (...args: readonly string[]): Promise<string> =>
      (await runClient(desk.address, 'idevicebackup2', ...args)).output;

    it('is the folder that it makes, first and later, plain and encrypted', async () => {
      const compare = async (name: string): Promise<void> => {
        expect(await client('-u', phone.udid, 'backup', desk.folder)).toContain('Backup Successful');
        await run(pipeline);
        expect(contentOf(await restored(name))).toEqual(contentOf(place(phone.udid)));
      };
      for (const kind of ['plain', 'encrypted']) {
        if (kind === 'encrypted') await phone.setPassword('geheim');
        await compare(`${kind} first`);
        phone.takePhotos(2);
        phone.edit(3);
        phone.remove(`CameraRollDomain-Media/DCIM/100APPLE/IMG_000${kind.length}.HEIC`);
        await compare(`${kind} later`);
      }
    });

    it.skipIf(noRestic !== undefined)(
      'is taken by its restore from a folder of ours, and from one that stock restic wrote',
      async () => {
        await phone.setPassword('geheim');
        await run(pipeline);
        const ours = join(await restored('ours'), '..');
        const target = place('restic');
        expect((await restic(place('b'), ['restore', 'latest', '--target', target])).code).toBe(0);
        const folders = [ours, join(target, 'MobileSync')];
        for (const [i, folder] of folders.entries()) {
          const fresh = await desk.add({ seed: `fresh ${i}` });
          const options = ['restore', '--system', '--remove', '--no-reboot', '--password', 'geheim', folder];
          expect(await client('-u', fresh.udid, '-s', phone.udid, ...options)).toContain('Restore Successful');
          expect(fresh.inventory()).toEqual(phone.inventory());
        }
      },
    );
  });
});
