import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { asDictionary, parsePlist } from '@triplicate/plist';
import { MuxServer, SimDevice } from '@triplicate/device-simulator';
import { ownAddress } from '../../../test/kit/own-address.ts';
import { hasProgram, runClient, type Ran } from './fixtures/real-client.ts';

const programs = ['idevice_id', 'ideviceinfo', 'idevicepair', 'idevicebackup2', 'ideviceinstaller'];
const fuseMissing = !hasProgram('ifuse')
  ? 'ifuse is not installed'
  : (() => {
      try {
        accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
        return undefined;
      } catch {
        return '/dev/fuse is not ours to use';
      }
    })();
const missing = programs.filter((name) => !hasProgram(name));

describe.skipIf(missing.length > 0)(`libimobiledevice's own clients (missing: ${missing.join(', ') || 'none'})`, () => {
  let folder: string;
  let address: string;
  let server: MuxServer;
  const problems: unknown[] = [];
  const phone = new SimDevice({ seed: 'judged', name: 'Annas iPhone', photos: 20 });
  const second = new SimDevice({ seed: 'fresh', name: 'Second', photos: 2, tls: 'TLSv1.3' });
  const run = (program: string, ...args: readonly string[]): Promise<Ran> => runClient(address, program, ...args);
  const on = (device: SimDevice, program: string, ...args: readonly string[]): Promise<Ran> =>
    run(program, '-u', device.udid, ...args);
  const backupFolder = (): string => join(folder, 'backup');
  const status = async (): Promise<unknown> =>
    asDictionary(parsePlist(await readFile(join(backupFolder(), phone.udid, 'Status.plist'))))?.['SnapshotState'];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'real-clients-'));
    server = new MuxServer((error) => problems.push(error));
    await server.listen({ path: join(folder, 'mux') });
    address = `UNIX:${join(folder, 'mux')}`;
    server.attach(phone);
    server.attach(second);
    await mkdir(backupFolder());
  });
  afterEach(() => {
    if (problems.length > 0) throw new AggregateError(problems, 'the phones themselves failed');
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('find the phones over a socket and over loopback TCP', async () => {
    expect((await run('idevice_id', '-l')).output.split('\n')).toEqual(
      expect.arrayContaining([phone.udid, second.udid]),
    );
    const port = await server.listen({ port: 0 });
    expect((await runClient(`127.0.0.1:${port}`, 'idevice_id', '-l')).output).toContain(phone.udid);
  });

  it('pair, with every answer of a person', async () => {
    phone.trust = 'denies';
    expect((await on(phone, 'idevicepair', 'pair')).output).toContain('user denied the trust dialog');
    phone.trust = 'locked';
    expect((await on(phone, 'idevicepair', 'pair')).output).toContain('passcode');
    phone.trust = { pending: 1 };
    expect((await on(phone, 'idevicepair', 'pair')).output).toContain('accept the trust dialog');
    expect((await on(phone, 'idevicepair', 'pair')).output).toContain('SUCCESS');
    expect((await on(phone, 'idevicepair', 'validate')).output).toContain('SUCCESS');
    expect((await on(second, 'idevicepair', 'pair')).output).toContain('SUCCESS');
  });

  it('read values over TLS 1.2 and 1.3', async () => {
    expect((await on(phone, 'ideviceinfo', '-k', 'DeviceName')).output.trim()).toBe('Annas iPhone');
    expect((await on(second, 'ideviceinfo', '-k', 'DeviceName')).output.trim()).toBe('Second');
    expect((await on(phone, 'ideviceinfo', '-q', 'com.apple.mobile.backup')).output).toContain('WillEncrypt: false');
  });

  it('list the apps', async () => {
    expect((await on(phone, 'ideviceinstaller', '-l')).output).toContain('org.example.notes');
  });

  it('back up whole, then what changed, then restore every byte to another phone', async () => {
    const first = await on(phone, 'idevicebackup2', 'backup', '--full', backupFolder());
    expect(first.output).toContain('Backup Successful');
    expect(first.code).toBe(0);
    expect(await status()).toBe('finished');
    phone.takePhotos(3);
    phone.edit(2);
    phone.remove('CameraRollDomain-Media/DCIM/100APPLE/IMG_0005.HEIC');
    const next = await on(phone, 'idevicebackup2', 'backup', backupFolder());
    expect(next.output).toContain('Backup Successful');
    expect(next.output).toMatch(/Received 1\d files/);
    const restored = await run(
      'idevicebackup2',
      '-u',
      second.udid,
      '-s',
      phone.udid,
      'restore',
      '--system',
      '--remove',
      '--no-reboot',
      backupFolder(),
    );
    expect(restored.output).toContain('Restore Successful');
    expect(second.inventory()).toEqual(phone.inventory());
    expect(await readdir(join(backupFolder(), phone.udid))).not.toContain('Snapshot');
  });

  it('notice a damaged backup when it is restored', async () => {
    const root = join(backupFolder(), phone.udid);
    const names = (await readdir(root)).filter((name) => /^[0-9a-f]{2}$/.test(name));
    const file = join(root, names[0] ?? '', (await readdir(join(root, names[0] ?? '')))[0] ?? '');
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, bytes.length - 1));
    const restored = await run(
      'idevicebackup2',
      '-u',
      second.udid,
      '-s',
      phone.udid,
      'restore',
      '--no-reboot',
      backupFolder(),
    );
    expect(restored.output).toContain('ErrorCode 205');
    await writeFile(file, bytes);
  });

  it('turn encryption on, change the password, refuse a wrong one, restore with it, and turn it off', async () => {
    expect((await on(phone, 'idevicebackup2', 'encryption', 'on', 'secret', backupFolder())).output).toContain(
      'Backup encryption has been enabled',
    );
    expect((await on(phone, 'idevicebackup2', 'changepw', 'wrong', 'new', backupFolder())).output).toContain('207');
    expect((await on(phone, 'idevicebackup2', 'changepw', 'secret', 'new', backupFolder())).code).toBe(0);
    expect((await on(phone, 'idevicebackup2', 'backup', backupFolder())).output).toContain('Backup Successful');
    phone.takePhotos(1);
    const incremental = await on(phone, 'idevicebackup2', 'backup', backupFolder());
    expect(incremental.output).toMatch(/Received \d files/);
    const database = await readFile(join(backupFolder(), phone.udid, 'Manifest.db'));
    expect(database.subarray(0, 6).toString()).not.toBe('SQLite');
    const refused = await run(
      'idevicebackup2',
      '-u',
      second.udid,
      '-s',
      phone.udid,
      'restore',
      '--password',
      'bad',
      '--no-reboot',
      backupFolder(),
    );
    expect(refused.output).toContain('207');
    const restored = await run(
      'idevicebackup2',
      '-u',
      second.udid,
      '-s',
      phone.udid,
      'restore',
      '--system',
      '--remove',
      '--password',
      'new',
      '--no-reboot',
      backupFolder(),
    );
    expect(restored.output).toContain('Restore Successful');
    expect(second.inventory()).toEqual(phone.inventory());
    expect((await on(phone, 'idevicebackup2', 'encryption', 'off', 'new', backupFolder())).code).toBe(0);
    expect(phone.password).toBeUndefined();
  });

  it('turn iCloud backup on, and hear every refusal', async () => {
    expect((await on(phone, 'idevicebackup2', 'cloud', 'on', backupFolder())).code).toBe(0);
    expect(phone.values.get('com.apple.mobile.backup')?.['CloudBackupEnabled']).toBe(true);
    phone.faults = { lockBusy: 3, passcode: 'timeout' };
    expect((await on(phone, 'idevicebackup2', 'backup', backupFolder())).output).toContain('208');
    phone.faults = {};
  });

  it.skipIf(fuseMissing !== undefined)(
    `mount the media folder and the documents of an app (${fuseMissing ?? 'ifuse and /dev/fuse are here'})`,
    async () => {
      const mount = join(folder, 'mount');
      await mkdir(mount);
      const mounted = async (args: readonly string[], look: () => Promise<void>): Promise<void> => {
        expect((await on(phone, 'ifuse', ...args, mount)).code).toBe(0);
        try {
          await look();
        } finally {
          await run('fusermount', '-u', mount);
        }
      };
      await mounted([], async () => {
        expect(await readdir(join(mount, 'DCIM'))).toEqual(['100APPLE']);
        await mkdir(join(mount, 'new'));
        await writeFile(join(mount, 'new', 'note.txt'), 'from the computer');
        expect(await readFile(join(mount, 'new', 'note.txt'), 'utf8')).toBe('from the computer');
        await rm(join(mount, 'new', 'note.txt'));
        await rmdir(join(mount, 'new'));
      });
      await mounted(['--documents', 'org.example.notes'], async () => expect(await readdir(mount)).toHaveLength(12));
      expect((await on(phone, 'ifuse', '--documents', 'nope', mount)).output).toContain('ApplicationLookupFailed');
    },
  );

  it('reach a phone in the network at its own ports', async () => {
    await server.attachNetwork(second, ownAddress());
    expect((await run('idevice_id', '-n')).output).toContain(second.udid);
    expect((await run('ideviceinfo', '-n', '-u', second.udid, '-k', 'DeviceName')).output.trim()).toBe('Second');
  });

  it('unpair', async () => {
    expect((await on(phone, 'idevicepair', 'unpair')).output).toContain('SUCCESS');
    expect(phone.paired.size).toBe(0);
  });
});
