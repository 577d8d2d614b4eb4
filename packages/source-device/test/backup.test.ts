import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BytePath, bytesFromText, type ReadOptions } from '@triplicate/core';
import { type RecordedSnapshot, RecordingBuilder } from '@triplicate/core/testing';
import type { ContentFile, SimDevice } from '@triplicate/device-simulator';
import plugin from '@triplicate/source-device';
import { type BackedUp, backUp, captureOptions, filesOf, optionsFor, Phones } from './fixtures/phones.ts';

/** Notes what is read back from the snapshot under construction. */
class CountingBuilder extends RecordingBuilder {
  readonly reads: string[] = [];

  override read(path: BytePath, options: ReadOptions): AsyncIterable<Uint8Array> {
    this.reads.push(path);
    return super.read(path, options);
  }
}

describe('a backup over the cable', () => {
  let phones: Phones;
  beforeAll(async () => {
    phones = await Phones.open();
  });
  afterAll(async () => {
    await phones[Symbol.asyncDispose]();
    if (phones.problems.length > 0) throw new AggregateError(phones.problems, 'the phones themselves failed');
  });

  it('takes the whole phone, then only what changed, and puts it back onto another phone', async () => {
    const phone = await phones.add({ seed: 'anna', name: 'Annas iPhone' });
    const first = await backUp(phones, phone);
    phone.takePhotos(2);
    phone.edit(1);
    phone.remove('CameraRollDomain-Media/DCIM/100APPLE/IMG_0003.HEIC');
    const second = await backUp(phones, phone, { previous: first.snapshot });
    const uploads = second.builder.calls.filter((call) => /^file .*\/Snapshot\/[0-9a-f]{2}\//.test(call));
    expect(uploads).toHaveLength(3);
    expect(filesOf(second.snapshot, `MobileSync/${phone.udid}`).has('Snapshot/Status.plist')).toBe(false);
    const other = await phones.add({ seed: 'other', tls: 'TLSv1.3' });
    await using target = await plugin.openTarget!(
      optionsFor(other, { restore: { removeOthers: true, systemFiles: true } }),
      phones.context(),
    );
    await target.restore(second.snapshot, captureOptions());
    expect(other.inventory()).toEqual(phone.inventory());
    expect(other.restarts).toBe(1);
    expect(other.largestBlock).toBe(32 * 1024);
  });

  it('keeps the time of a file whose content stayed', async () => {
    const phone = await phones.add({ seed: 'times' });
    const first = await backUp(phones, phone);
    const touched = [...phone.content.values()].find((file) => file.kind === 'file' && file.size > 0);
    if (touched === undefined) throw new Error('an empty phone');
    phone.put({ ...touched, modified: touched.modified + 60 });
    const second = await backUp(phones, phone, { previous: first.snapshot });
    const root = `MobileSync/${phone.udid}`;
    const moved = second.builder.calls.find(
      (call) => call.startsWith(`move ${root}/Snapshot/`) && !call.includes('Manifest'),
    );
    const path = bytesFromText(moved?.split(' ')[2] ?? '');
    expect((await second.snapshot.node(path))?.mtime).toBe((await first.snapshot.node(path))?.mtime);
    expect((await second.snapshot.node(path))?.mode).toBe(0o600);
  });

  it('asks again for everything, once, when the phone could not read a file of its own', async () => {
    const phone = await phones.add({ seed: 'scratched', name: 'Ottos iPhone' });
    const other = await phones.add({ seed: 'scratched-2', name: 'Ottos new iPhone' });
    await using target = await plugin.openTarget!(
      optionsFor(other, { restore: { removeOthers: true, systemFiles: true } }),
      phones.context(),
    );
    const said: (string | undefined)[] = [];
    const next = ({ snapshot }: BackedUp): Promise<BackedUp> =>
      backUp(phones, phone, { previous: snapshot, waiting: (what) => said.push(what) });
    const uploads = ({ builder }: BackedUp): number =>
      builder.calls.filter((call) => /^file .*\/Snapshot\/[0-9a-f]{2}\//.test(call)).length;
    phone.faults = { failFiles: ['CameraRollDomain-Media/DCIM/100APPLE/IMG_0003.HEIC'] };
    const first = await backUp(phones, phone);
    expect(first.builder.problems).toHaveLength(1);
    await expect(target.restore(first.snapshot, captureOptions())).rejects.toThrow(
      'Ottos new iPhone refused the backup: the phone that it is of could not read 1 of its own files then',
    );
    const still = await next(first);
    expect([uploads(still), still.builder.problems.length]).toEqual([uploads(first), 1]);
    phone.takePhotos(1);
    expect(said).toContain(
      'Ottos iPhone could not read 1 of its files last time, and is asked for everything once more',
    );
    const later = await next(still);
    expect(uploads(later)).toBe(1);
    phone.faults = { hostileUpload: `${phone.udid}/Unread.json` };
    expect(uploads(await next(await next(later)))).toBe(0);
    phone.faults = {};
    const good = await next(first);
    expect(uploads(good)).toBe(uploads(first) + 1);
    expect([...filesOf(good.snapshot, `MobileSync/${phone.udid}`).keys()]).not.toContain('Unread.json');
    expect(uploads(await next(good))).toBe(0);
    await target.restore(good.snapshot, captureOptions());
    expect(other.inventory()).toEqual(phone.inventory());
    phone.edit(100);
    const edited = await next(later);
    await target.restore(edited.snapshot, captureOptions());
    expect(other.inventory()).toEqual(phone.inventory());
  });

  it('turns encryption on when it is required, and restores what is encrypted with its password alone', async () => {
    const phone = await phones.add({ seed: 'secret' });
    const options = { encryption: 'required', password: { env: 'X' } };
    const { snapshot } = await backUp(phones, phone, { options });
    expect(phone.password).toBe('secret');
    const root = `MobileSync/${phone.udid}`;
    expect(filesOf(snapshot, root).get('Manifest.db')?.toString('latin1', 0, 6)).not.toBe('SQLite');
    const other = await phones.add({ seed: 'secret-2' });
    const restore = { restore: { removeOthers: true } };
    await using bare = await plugin.openTarget!(optionsFor(other, restore), phones.context());
    await expect(bare.restore(snapshot, captureOptions())).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await using wrong = await plugin.openTarget!(
      optionsFor(other, { ...restore, ...options }),
      phones.context(undefined, 'bad'),
    );
    await expect(wrong.restore(snapshot, captureOptions())).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
    await using right = await plugin.openTarget!(optionsFor(other, { ...restore, ...options }), phones.context());
    await right.restore(snapshot, captureOptions());
    expect(other.inventory()).toEqual(phone.inventory());
  });

  it('turns encryption off where it is not wanted, leaves it as it is otherwise, and says what it lacks for that', async () => {
    const phone = await phones.add({ seed: 'opened', name: 'Olafs iPhone' });
    const plain = { encryption: 'required' };
    await expect(backUp(phones, phone, { options: plain })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'Olafs iPhone does not encrypt its backups, and the configuration wants it otherwise',
    });
    await phone.setPassword('another');
    const off = { encryption: 'off', password: { env: 'X' } };
    await expect(backUp(phones, phone, { options: off })).rejects.toMatchObject({
      code: 'WRONG_PASSWORD',
      message: 'Olafs iPhone does not accept this backup password',
    });
    const isPlain = async (options: Record<string, unknown>): Promise<boolean> => {
      const { snapshot } = await backUp(phones, phone, { options });
      const database = filesOf(snapshot, `MobileSync/${phone.udid}`).get('Manifest.db');
      return database?.toString('latin1', 0, 6) === 'SQLite';
    };
    expect([await isPlain({ encryption: 'as-is' }), phone.password]).toEqual([false, 'another']);
    await phone.setPassword('secret');
    expect([await isPlain(off), phone.password]).toEqual([true, undefined]);
  });

  it('says why all is new when its encryption was turned on or off, or has another password, since the last backup', async () => {
    const phone = await phones.add({ seed: 'switched', name: 'Sonjas iPhone' });
    let previous: RecordedSnapshot | undefined;
    const renewed = async (): Promise<string | undefined> => {
      const { snapshot, result } = await backUp(phones, phone, { previous });
      previous = snapshot;
      return result.renewed;
    };
    expect(await renewed()).toBeUndefined();
    await phone.setPassword('secret');
    expect(await renewed()).toBe('Sonjas iPhone encrypts its backup now');
    phone.takePhotos(1);
    expect(await renewed()).toBeUndefined();
    await phone.setPassword('another secret');
    expect(await renewed()).toBe('Sonjas iPhone encrypts its backup with other keys, as after a new password');
    expect(await renewed()).toBeUndefined();
    await phone.setPassword(undefined);
    expect(await renewed()).toBe('Sonjas iPhone does not encrypt its backup any more');
  });

  it('refuses early what the phone would refuse late', async () => {
    const phone = await phones.add({ seed: 'source' });
    const { snapshot } = await backUp(phones, phone);
    const restoreTo = async (device: Awaited<ReturnType<Phones['add']>>): Promise<void> => {
      await using target = await plugin.openTarget!(optionsFor(device), phones.context());
      await target.restore(snapshot, captureOptions());
    };
    const findMy = await phones.add({ seed: 'find-my', findMy: true });
    await expect(restoreTo(findMy)).rejects.toThrow('Find My is turned on');
    const old = await phones.add({ seed: 'old', productVersion: '16.7' });
    await expect(restoreTo(old)).rejects.toThrow('the backup is of iOS 17.5.1');
    const small = await phones.add({
      seed: 'small',
      name: 'Old iPhone',
      photos: 1,
      messages: 1,
      documents: 1,
      freeBytes: 1000,
    });
    await expect(restoreTo(small)).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      message: expect.stringMatching(/^the backup needs \d+ bytes, and Old iPhone holds \d+ when it is empty$/),
    });
    // Early: they answer much of it themselves, and were not asked. That the lock was not taken shows on them as a file.
    for (const asked of [findMy, old, small]) expect([asked.heldMs, asked.mediaFiles.size]).toEqual([0, 0]);
  });

  it('gives a full phone its own backup, and says so when the phone has no room beside what stays on it', async () => {
    const phone = await phones.add({ seed: 'full', name: 'Fridas iPhone', freeBytes: 1000 });
    const before = phone.inventory();
    const { snapshot } = await backUp(phones, phone);
    const restore = async (options: Record<string, unknown> = {}): Promise<void> => {
      await using target = await plugin.openTarget!(optionsFor(phone, { restore: options }), phones.context());
      await target.restore(snapshot, captureOptions());
    };
    await restore();
    expect(phone.inventory()).toEqual(before);
    const pictures = [...phone.content].filter(([key]) => key.startsWith('CameraRollDomain-Media/DCIM/100APPLE/'));
    for (const [key, file] of pictures) {
      phone.remove(key);
      phone.put({ ...file, relativePath: `${file.relativePath}.moved` });
    }
    await expect(restore()).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      message: 'Fridas iPhone has too little space for this backup, with what it replaces counted as free',
      hint: expect.stringContaining('--remove-others'),
    });
    await restore({ removeOthers: true });
    expect(phone.inventory()).toEqual(before);
  });

  it('says what to do on the phone while it waits for the passcode, and when it was not entered', async () => {
    const phone = await phones.add({ seed: 'passcode', name: 'Bens iPhone' });
    const said: (string | undefined)[] = [];
    phone.faults = { passcode: { entered: () => pause(50) } };
    await backUp(phones, phone, { waiting: (what) => said.push(what) });
    expect(said).toContain('enter the passcode on Bens iPhone');
    expect(said.at(-1)).toBeUndefined();
    phone.faults = { passcode: 'timeout' };
    await expect(backUp(phones, phone)).rejects.toThrow('the passcode was not entered on Bens iPhone in time');
  });

  it('reports a file that the phone could not read, and goes on', async () => {
    const phone = await phones.add({ seed: 'damaged' });
    phone.faults = { failFiles: ['CameraRollDomain-Media/DCIM/100APPLE/IMG_0001.HEIC'] };
    const { builder } = await backUp(phones, phone);
    expect(builder.problems.map(({ error }) => error.message)).toEqual([
      expect.stringContaining('Input/output error (5)'),
    ]);
  });

  it('reads the manifest files back from its cache, unless they are of another snapshot or damaged', async () => {
    const phone = await phones.add({ seed: 'cached' });
    const first = await backUp(phones, phone);
    const copy = join(phones.folder, 'cache', phone.udid, 'Manifest.db');
    expect(await readFile(copy)).toEqual(filesOf(first.snapshot, `MobileSync/${phone.udid}`).get('Manifest.db'));
    const readBack = async (previous: RecordedSnapshot): Promise<{ names: string[]; snapshot: RecordedSnapshot }> => {
      await using source = await plugin.open(optionsFor(phone), phones.context());
      const builder = new CountingBuilder({ base: 'previous', previous });
      await source.capture(builder, captureOptions());
      const names = builder.reads.map((path) => path.split('/').at(-1) ?? '');
      return { names, snapshot: await builder.finish() };
    };
    const second = await readBack(first.snapshot);
    // Our own look at whether the phone finished.
    expect(second.names).toEqual(['Status.plist']);
    await writeFile(copy, 'damaged');
    const third = await readBack(second.snapshot);
    expect(third.names).toEqual(['Manifest.db']);
    phone.takePhotos(1);
    await backUp(phones, phone, { previous: third.snapshot });
    expect((await readBack(third.snapshot)).names).toContain('Manifest.db');
  });

  it('leaves no half of a cache behind when it fails at the end', async () => {
    const phone = await phones.add({ seed: 'half-cache' });
    phone.faults = { lastState: 'moving' };
    await expect(backUp(phones, phone)).rejects.toThrow('in the state "moving"');
    expect(await readdir(join(phones.folder, 'cache', phone.udid))).toEqual([]);
    phone.faults = {};
    await backUp(phones, phone);
    const kept = await readdir(join(phones.folder, 'cache', phone.udid));
    expect(kept.filter((name) => name.endsWith('.new'))).toEqual([]);
    expect(kept).toHaveLength(6);
  });

  it('leaves the half of another run where it is', async () => {
    const phone = await phones.add({ seed: 'shared-cache' });
    const other = join(phones.folder, 'cache', phone.udid, 'Manifest.db.new');
    await backUp(phones, phone);
    await writeFile(other, 'what another run writes');
    phone.faults = { lockBusy: 1, errorCode: 208 };
    await expect(backUp(phones, phone)).rejects.toThrow('the passcode was not entered');
    expect(await readFile(other, 'utf8')).toBe('what another run writes');
    phone.faults = {};
  });

  it('tells the free space of the destinations, and what follows when it is too little', async () => {
    const phone = await phones.add({ seed: 'space' });
    phone.faults = { purge: true };
    await expect(backUp(phones, phone, { freeBytes: () => Promise.resolve(1000) })).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
    });
  });
});

describe('photos alone', () => {
  it('are taken into folders that a person knows, and read again only when they changed', async () => {
    await using phones = await Phones.open();
    const phone = await phones.add({ seed: 'camera', photos: 5 });
    const first = await backUp(phones, phone, { options: { mode: 'photos' } });
    const names = [...filesOf(first.snapshot, `Photos/${phone.udid}`).keys()];
    expect(names).toContain('Camera Roll/100APPLE/IMG_0001.HEIC');
    expect(names).toContain('Apps/Notes in Triplicate (org.example.notes)/note 3 – é.txt');
    await using target = await plugin.openTarget!(optionsFor(phone), phones.context());
    await expect(target.restore(first.snapshot, captureOptions())).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/^snapshot \w+ holds photos and documents, and no backup of a phone$/),
      hint: 'restore it into a folder; a device takes back what a source with "mode: backup" made',
    });
    phone.takePhotos(1);
    const second = await backUp(phones, phone, { previous: first.snapshot, options: { mode: 'photos' } });
    expect(second.builder.calls.filter((call) => call.startsWith('file'))).toHaveLength(1);
    expect(second.snapshot.entries.size).toBe(first.snapshot.entries.size + 1);
  });

  it('announce a number of bytes, whatever size the phone says that a file has', async () => {
    await using phones = await Phones.open();
    const phone = await phones.add({ seed: 'sizes', photos: 1 });
    const content = { bytes: Buffer.from('a picture') };
    for (const [i, size] of ['many', '-5', '1e300', '9999999999999999999'].entries())
      phone.put({
        ...picture(phone),
        relativePath: `Media/DCIM/100APPLE/LIE_${i}.JPG`,
        size: size as unknown as number,
        content,
      });
    const totals: number[] = [];
    const options = { options: { mode: 'photos' }, expect: ({ bytes }: { bytes: number }) => void totals.push(bytes) };
    const { snapshot } = await backUp(phones, phone, options);
    expect(totals.filter((bytes) => !Number.isSafeInteger(bytes))).toEqual([]);
    const names = [...filesOf(snapshot, `Photos/${phone.udid}/Camera Roll`).keys()];
    expect(names.filter((name) => name.includes('LIE_'))).toHaveLength(4);
  });

  it('pass over nothing in silence: apps that are not there, folders too deep', async () => {
    await using phones = await Phones.open();
    const phone = await phones.add({ seed: 'camera', name: 'Idas iPhone', photos: 2 });
    phone.put({ ...picture(phone), relativePath: `Media/DCIM/${'deep/'.repeat(70)}IMG.HEIC` });
    const { builder } = await backUp(phones, phone, { options: { mode: 'photos', apps: ['org.example.nope'] } });
    expect(builder.problems.map(({ error }) => error.message)).toEqual([
      'what is in it lies deeper than 64 folders',
      'Idas iPhone does not have the app "org.example.nope" that the configuration names',
    ]);
  });
});

const picture = ({ content }: SimDevice): ContentFile => {
  const found = [...content.values()].find(({ relativePath }) => relativePath.endsWith('.HEIC'));
  if (found === undefined) throw new Error('no picture');
  return found;
};
