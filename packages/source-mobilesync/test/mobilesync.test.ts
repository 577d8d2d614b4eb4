import { mkdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BytePath, type CaptureResult, type PluginContext, type Source, textFromBytes } from '@triplicate/core';
import {
  FakeClock,
  type RecordedSnapshot,
  RecordingBuilder,
  type RecordingOptions,
  temporaryFolder,
  type TemporaryFolder,
} from '@triplicate/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mobileSyncOptions } from '@triplicate/source-mobilesync';
import { defaultLocations, type Machine } from '../src/locations.ts';
import { openMobileSync } from '../src/open-mobile-sync.ts';
import { makeBackup, setState, udid } from './backup-maker.ts';

let temporary: TemporaryFolder;
let home: string;
let clock: FakeClock;
beforeEach(async () => {
  temporary = await temporaryFolder();
  home = temporary.path;
  clock = new FakeClock();
});
afterEach(() => temporary[Symbol.asyncDispose]());

const quiet = (): void => {};
const context = (): PluginContext => ({
  name: 'phone',
  signal: new AbortController().signal,
  log: { debug: quiet, info: quiet, warn: quiet },
  clock,
  secret: () => Promise.resolve(''),
  configDirectory: home,
  cacheDirectory: join(home, 'cache'),
  stateDirectory: join(home, 'state'),
});

const open = (options: object = {}, platform: NodeJS.Platform = 'darwin'): Promise<Source> =>
  openMobileSync(mobileSyncOptions.parse(options), context(), { platform, home });

interface Captured {
  readonly snapshot: RecordedSnapshot;
  readonly builder: RecordingBuilder;
  readonly said: readonly (string | undefined)[];
  readonly result: CaptureResult;
}

const capture = async (source: Source, options: RecordingOptions = {}): Promise<Captured> => {
  const builder = new RecordingBuilder({ ...options, base: source.base });
  const said: (string | undefined)[] = [];
  const signal = AbortSignal.timeout(30_000);
  const result = await source.capture(builder, { signal, expect: quiet, waiting: (what) => said.push(what) });
  return { snapshot: await builder.finish(), builder, said, result };
};

const mac = (): string => join(home, 'Library/Application Support/MobileSync/Backup');
const namesOf = ({ snapshot }: Captured): string[] => [...snapshot.entries.keys()].map(textFromBytes).toSorted();
const filesRead = ({ builder }: Captured): string[] => builder.calls.filter((call) => call.startsWith('file '));

describe('the places', () => {
  it('are those of Finder, iTunes, Apple Devices and iMazing on each platform', () => {
    const at = (machine: Machine): readonly string[] => defaultLocations(machine);
    expect(at({ platform: 'darwin', home: '/Users/anna' })[0]).toBe(
      '/Users/anna/Library/Application Support/MobileSync/Backup',
    );
    expect(at({ platform: 'win32', home: 'C:\\Users\\anna' }).slice(0, 2)).toEqual([
      'C:\\Users\\anna\\AppData\\Roaming\\Apple Computer\\MobileSync\\Backup',
      'C:\\Users\\anna\\Apple\\MobileSync\\Backup',
    ]);
    expect(at({ platform: 'linux', home: '/home/anna' })).toEqual([]);
  });

  it('are looked through for the backup that is meant, and an archived copy is passed over', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(open({}, 'linux')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await makeBackup(join(mac(), udid));
    await makeBackup(join(mac(), `${udid}-20260101-101010`), { name: 'Archived', date: new Date('2027-01-01') });
    await mkdir(join(mac(), 'iMazing.Versions'));
    const source = await open();
    expect([source.label, source.identity]).toEqual(['Annas iPhone', { host: udid, paths: [`/MobileSync/${udid}`] }]);
    const other = '00008110-000A1B2C3D4E5F61';
    await makeBackup(join(mac(), other), { udid: other, name: 'Bens iPhone' });
    await expect(open()).rejects.toThrow('there are backups of 2 devices');
    expect((await open({ udid: other.replace('-', '').toLowerCase() })).label).toBe('Bens iPhone');
    // Of two of one device, in two places, the newer one.
    const second = join(home, 'Library/Application Support/iMazing/Backups', udid);
    await makeBackup(second, { name: 'Annas iPhone, later', date: new Date('2026-11-20') });
    expect((await open({ udid })).label).toBe('Annas iPhone, later');
  });

  it('may be named, as a folder of backups or as one of them, on a disk that a link leads to', async () => {
    await makeBackup(join(home, 'disk', udid));
    await symlink(join(home, 'disk', udid), join(home, 'link'));
    for (const folder of ['disk', `disk/${udid}`, 'link', '~/disk']) {
      const captured = await capture(await open({ folder }, 'linux'));
      expect(namesOf(captured)).toContain(`MobileSync/${udid}/0a/0a00000000000000000000000000000000000001`);
    }
    // As a restore makes it, and as it stands on a copied disk.
    await makeBackup(join(home, 'restored/MobileSync', udid));
    await makeBackup(join(home, 'copied/MobileSync/Backup', udid));
    for (const folder of ['restored', 'copied']) await open({ folder }, 'linux');
    await expect(open({ folder: 'nowhere' })).rejects.toThrow('nowhere');
  });
});

describe('a capture', () => {
  it('has the tree of the device source, without litter and without the half of the next backup', async () => {
    await makeBackup(join(mac(), udid));
    const captured = await capture(await open());
    expect(namesOf(captured)).toEqual(
      [
        '',
        '/0a',
        '/0a/0a00000000000000000000000000000000000001',
        '/0a/0a00000000000000000000000000000000000002',
        '/Info.plist',
        '/Manifest.db',
        '/Manifest.plist',
        '/Status.plist',
        '/ff',
        '/ff/ff00000000000000000000000000000000000003',
      ]
        .map((path) => `MobileSync/${udid}${path}`)
        .concat('MobileSync')
        .toSorted(),
    );
    const modes = [...captured.snapshot.entries.values()].map(({ type, info }) => `${type} ${info.mode.toString(8)}`);
    expect([...new Set(modes)].toSorted()).toEqual(['dir 700', 'file 600']);
  });

  it('reads again only what changed, and keeps the time of what has the same content', async () => {
    const folder = join(mac(), udid);
    await makeBackup(folder);
    const first = await capture(await open());
    const [one, two] = [1, 2].map((n) => join(folder, `0a/0a0000000000000000000000000000000000000${n}`));
    await utimes(one ?? '', 1, 1);
    await writeFile(two ?? '', 'new');
    await utimes(two ?? '', 2, 2);
    const second = await capture(await open(), { previous: first.snapshot });
    expect(filesRead(second).map((call) => call.slice(-1))).toEqual(['1', '2']);
    const node = (captured: Captured, path: string) =>
      captured.snapshot.entries.get(`MobileSync/${udid}/${path}` as BytePath)?.info.mtimeNs;
    const place = '0a/0a00000000000000000000000000000000000001';
    expect(node(second, place)).toBe(node(first, place));
    expect(node(second, '0a/0a00000000000000000000000000000000000002')).toBe(2_000_000_000n);
    // That it has the same content is remembered, and proven again when the memory is lost.
    const third = await capture(await open(), { previous: second.snapshot });
    expect(filesRead(third)).toEqual([]);
    await writeFile(join(home, 'cache', `${udid}.json`), 'damaged');
    expect(filesRead(await capture(await open(), { previous: third.snapshot }))).toHaveLength(1);
  });

  it('says why all is new when the encryption was switched, or its password changed, since the last one', async () => {
    const folder = join(mac(), udid);
    await makeBackup(folder);
    const first = await capture(await open());
    await makeBackup(folder, { encrypted: true });
    const second = await capture(await open(), { previous: first.snapshot });
    expect(second.result.renewed).toBe('Annas iPhone encrypts its backup now');
    const third = await capture(await open(), { previous: second.snapshot });
    expect([first, third].map(({ result }) => result.renewed)).toEqual([undefined, undefined]);
    await makeBackup(folder, { encrypted: true, keybag: 'of another password' });
    const fourth = await capture(await open(), { previous: third.snapshot });
    expect(fourth.result.renewed).toBe('Annas iPhone encrypts its backup with other keys, as after a new password');
  });

  it('never gives the name of a phone to a terminal as it is', async () => {
    await makeBackup(join(mac(), udid), { name: 'Evil\u001b[31m\nphone' });
    expect((await open()).label).toBe('Evil\\x1b[31m\\nphone');
  });

  it('waits for a backup that is being written, and ends with a sentence when that takes too long', async () => {
    const folder = join(mac(), udid);
    await makeBackup(folder, { state: 'moving' });
    const source = await open({ patience: 1 });
    const running = capture(source);
    await expect.poll(() => clock.sleeping).toBe(1);
    await setState(folder, 'finished');
    await clock.advance(5000);
    expect((await running).said).toEqual(['another program still writes the backup of Annas iPhone', undefined]);
    await setState(folder, 'uploading');
    const late = capture(source);
    const timer = setInterval(() => void clock.advance(20_000), 20);
    await expect(late).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'the backup of Annas iPhone is not finished: its state is "uploading"',
    });
    clearInterval(timer);
    await setState(folder, 'finished');
    await rename(join(folder, 'Manifest.db'), join(folder, 'gone'));
    await expect(capture(await open({ patience: 0 }))).rejects.toThrow('its manifest is missing');
  });

  it('tells a Status.plist that cannot be read from one that is not there', async () => {
    const folder = join(mac(), udid);
    await makeBackup(folder);
    const status = join(folder, 'Status.plist');
    await writeFile(status, (await readFile(status)).subarray(0, 20));
    const whyNot = async (): Promise<string> =>
      capture(await open({ patience: 0 })).then(
        () => 'nothing',
        (error: Error) => error.message,
      );
    expect(await whyNot()).toBe('the backup of Annas iPhone is not finished: its Status.plist cannot be read');
    await rm(status);
    expect(await whyNot()).toBe('the backup of Annas iPhone is not finished: it has no Status.plist yet');
  });

  it('is not finished while its manifest is cut off, whatever its Status.plist says', async () => {
    const folder = join(mac(), udid);
    await makeBackup(folder);
    const whyNot = async (name: string, content: Buffer): Promise<string> => {
      const whole = await readFile(join(folder, name));
      await writeFile(join(folder, name), content);
      const said = await capture(await open({ patience: 0 })).then(
        () => 'nothing',
        (error: Error) => error.message.replace('the backup of Annas iPhone is not finished: ', ''),
      );
      await writeFile(join(folder, name), whole);
      return said;
    };
    const list = await readFile(join(folder, 'Manifest.plist'));
    const database = await readFile(join(folder, 'Manifest.db'));
    expect(await whyNot('Manifest.plist', Buffer.alloc(0))).toBe('its Manifest.plist cannot be read');
    expect(await whyNot('Manifest.plist', list.subarray(0, 40))).toBe('its Manifest.plist cannot be read');
    expect(await whyNot('Manifest.db', Buffer.alloc(0))).toBe('its Manifest.db is not whole');
    expect(await whyNot('Manifest.db', database.subarray(0, -1000))).toBe('its Manifest.db is not whole');
    expect(await whyNot('Manifest.db', Buffer.from('something else'))).toBe('its Manifest.db is not whole');
    expect(await whyNot('Manifest.db', database)).toBe('nothing');
    await makeBackup(folder, { encrypted: true });
    expect(await whyNot('Manifest.db', Buffer.alloc(4096, 7))).toBe('nothing');
    expect(await whyNot('Manifest.db', Buffer.alloc(4095, 7))).toBe('its Manifest.db is not whole');
  });

  it('is refused when another program wrote to the backup meanwhile', async () => {
    const folder = join(mac(), udid);
    await makeBackup(folder);
    const source = await open();
    const meanwhile = async (path: string): Promise<void> => {
      if (path.endsWith('3')) await writeFile(join(folder, 'Manifest.db'), 'SQLite format 3\0 of the next backup');
    };
    await expect(capture(source, { beforeRead: meanwhile })).resolves.toBeDefined();
    class Slow extends RecordingBuilder {
      override async endDirectory(path: BytePath): Promise<void> {
        if (path.endsWith('0a')) await meanwhile('3');
        return super.endDirectory(path);
      }
    }
    await makeBackup(folder);
    const builder = new Slow({ base: source.base });
    const signal = AbortSignal.timeout(30_000);
    await expect(source.capture(builder, { signal, expect: quiet, waiting: quiet })).rejects.toThrow(
      'another program wrote to the backup of Annas iPhone while it was read',
    );
  });

  it('reports a file that is gone when it is its turn', async () => {
    const folder = join(mac(), udid);
    await makeBackup(folder);
    const gone = join(folder, 'ff/ff00000000000000000000000000000000000003');
    const beforeRead = async (path: string): Promise<void> => {
      if (path.endsWith('3')) await rename(gone, join(home, 'moved'));
    };
    const captured = await capture(await open(), { beforeRead });
    expect(captured.builder.problems).toHaveLength(1);
    expect((await stat(join(home, 'moved'))).isFile()).toBe(true);
  });
});
