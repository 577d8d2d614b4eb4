import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asDictionary, parsePlist } from '@triplicate/plist';
import type { SimDevice } from '@triplicate/device-simulator';
import { type BackedUp, backUp, filesOf, Phones } from './fixtures/phones.ts';
import { hasProgram, runClient } from './fixtures/real-client.ts';

const installed = hasProgram('idevicebackup2') && hasProgram('idevicepair');

const readFolder = async (root: string): Promise<Map<string, Buffer>> => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const pairs = await Promise.all(
    files.map(async (file) => [file.slice(root.length + 1), await readFile(file)] as const),
  );
  return new Map(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)));
};

/** Names and contents, without what the computer itself writes. */
const content = (files: Map<string, Buffer>): Record<string, string> =>
  Object.fromEntries(
    [...files].filter(([name]) => name !== 'Info.plist').map(([name, bytes]) => [name, bytes.toString('base64')]),
  );

/** idevicebackup2's own inventions, and what differs by the second. */
const hostMade = new Set(['GUID', 'Last Backup Date']);
const infoOf = (files: Map<string, Buffer>): Record<string, unknown> => {
  const info = asDictionary(parsePlist(files.get('Info.plist') ?? Buffer.alloc(0))) ?? {};
  return Object.fromEntries(Object.entries(info).filter(([key]) => !hostMade.has(key)));
};

describe.skipIf(!installed)(`against idevicebackup2 (${installed ? 'installed' : 'not installed'})`, () => {
  let phones: Phones;
  let folder: string;
  beforeAll(async () => {
    phones = await Phones.open();
    folder = await mkdtemp(join(tmpdir(), 'differential-'));
  });
  afterAll(async () => {
    await phones[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const theirs = async (phone: SimDevice): Promise<Map<string, Buffer>> => {
    const { output } = await runClient(phones.address, 'idevicebackup2', '-u', phone.udid, 'backup', folder);
    expect(output).toContain('Backup Successful');
    return readFolder(join(folder, phone.udid));
  };
  const compare = async (phone: SimDevice, previous?: BackedUp): Promise<BackedUp> => {
    const expected = await theirs(phone);
    const run = await backUp(phones, phone, { previous: previous?.snapshot });
    const files = filesOf(run.snapshot, `MobileSync/${phone.udid}`);
    expect(content(files)).toEqual(content(expected));
    expect(infoOf(files)).toEqual(infoOf(expected));
    return run;
  };

  it('gives the same files, first and later, plain and encrypted', async () => {
    const phone = await phones.add({ seed: 'compared', name: 'Claras iPhone' });
    phone.mediaFiles.set('CameraRollDomain,MediaDomain:iTunes_Control/iTunes/iTunesPrefs', Buffer.from('prefs'));
    phone.mediaFiles.set('CameraRollDomain,MediaDomain:Books/iBooksData2.plist', Buffer.from('books'));
    const first = await compare(phone);
    phone.takePhotos(2);
    phone.edit(3);
    phone.remove('CameraRollDomain-Media/DCIM/100APPLE/IMG_0002.HEIC');
    const second = await compare(phone, first);
    await phone.setPassword('geheim');
    const third = await compare(phone, second);
    phone.takePhotos(1);
    expect((await compare(phone, third)).builder.problems).toEqual([]);
  });

  it('is restored by idevicebackup2 from a folder that we filled', async () => {
    const phone = await phones.add({ seed: 'handed-over' });
    const { snapshot } = await backUp(phones, phone);
    const root = join(folder, 'ours', phone.udid);
    for (const [name, bytes] of filesOf(snapshot, `MobileSync/${phone.udid}`)) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), bytes);
    }
    const other = await phones.add({ seed: 'receiver' });
    const args = [
      '-u',
      other.udid,
      '-s',
      phone.udid,
      'restore',
      '--system',
      '--remove',
      '--no-reboot',
      join(folder, 'ours'),
    ];
    expect((await runClient(phones.address, 'idevicebackup2', ...args)).output).toContain('Restore Successful');
    expect(other.inventory()).toEqual(phone.inventory());
  });
});
