import { statSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { FakeClock } from '@triplicate/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { harm, objectsOf } from '../../../../test/kit/damage.ts';
import { run } from '../../src/app.ts';
import { createCli, type Cli, type Ended } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';
import { openPhoneDesk, type PhoneDesk } from '../support/phones.ts';

let cli: Cli;
let desk: PhoneDesk;
beforeEach(async () => {
  [cli, desk] = await Promise.all([createCli(), openPhoneDesk()]);
});
afterEach(async () => {
  await cli[Symbol.asyncDispose]();
  await desk[Symbol.asyncDispose]();
});

const type = async (...parameters: string[]): Promise<Ended> => {
  const ended = await cli.type(parameters, { env: desk.env });
  expectDocumented(ended.lines);
  return ended;
};

const anna = { seed: 'anna', name: 'Annas iPhone', udid: '00008110-0000000000000001' };
const ben = { seed: 'ben', name: 'Bens iPhone', udid: '00008110-0000000000000002', findMy: true };

describe('devices', () => {
  it('says what to do when none is connected, and when there is no daemon', async () => {
    expect(await type('devices')).toMatchObject({
      code: 0,
      out: expect.stringContaining('no iPhone or iPad is') as string,
    });
    const without = await cli.type(['devices'], { env: { USBMUXD_SOCKET_ADDRESS: 'UNIX:/nowhere/mux' } });
    expect(without.code).toBe(1);
    expect(without.err).toMatch(/no device daemon at \/nowhere\/mux\n.*install usbmuxd/);
  });

  it('lists each once, pairs with a person at it, and tells what there is to know', async () => {
    const phone = desk.plugIn({ ...anna, trust: { pending: 1 } });
    desk.plugIn(ben);
    desk.server.attach(phone);
    const { out } = await type('devices');
    expect(out).toMatchInlineSnapshot(`
      "name          iOS     identifier                 by     backups
      Annas iPhone  17.5.1  00008110-0000000000000001  cable  not paired
      Bens iPhone   17.5.1  00008110-0000000000000002  cable  not paired
      To pair: unlock the phone, then triplicate devices pair
      "
    `);
    const vague = await type('devices', 'pair');
    expect([vague.code, vague.err]).toEqual([2, expect.stringContaining('name one with --udid')]);
    const paired = await type('devices', 'pair', '--udid', anna.udid);
    expect(paired.err).toContain('tap Trust and enter the passcode on Annas iPhone');
    expect(paired.out).toBe('Annas iPhone is paired with this computer\n');
    phone.setValue('com.apple.mobile.backup', 'LastCloudBackupDate', new Date(Date.now() - 3 * 86_400_000));
    phone.setValue('com.apple.mobile.backup', 'CloudBackupEnabled', true);
    expect((await type('devices', 'info', '--udid', anna.udid)).out).toMatchInlineSnapshot(`
      "Annas iPhone
        identifier      00008110-0000000000000001
        model           iPhone14,2
        iOS             17.5.1
        connected by    cable
        paired          yes
        backups         not encrypted by the phone: no passwords, health, calls in them
        iCloud backup   on, the last 3 days ago
        Find My         off
        free space      59.6 of 119 GiB
        battery         81 %
      "
    `);
    const { lines } = await type('devices', '--json');
    expect(lines).toEqual([
      expect.objectContaining({ type: 'device', udid: anna.udid, paired: true, findMy: false, encrypted: false }),
      expect.objectContaining({ type: 'device', udid: ben.udid, paired: false }),
    ]);
    await type('devices', 'unpair', '--udid', anna.udid);
    expect((await type('devices', '--udid', anna.udid)).out).toContain('not paired');
    phone.trust = 'denies';
    const denied = await type('devices', 'pair', '--udid', anna.udid);
    expect([denied.code, denied.err]).toEqual([1, expect.stringContaining('pair again and tap Trust')]);
  });

  it('gives no name of a phone to a terminal as it is', async () => {
    const phone = desk.plugIn({ ...anna, name: 'Anna\nerror: \u202eevil' });
    const shown = 'Anna\\nerror: \\xe2\\x80\\xaeevil';
    expect((await type('devices', 'pair')).out).toBe(`${shown} is paired with this computer\n`);
    expect((await type('devices')).out).toContain(`\n${shown}  17.5.1  ${anna.udid}`);
    expect((await type('devices', 'info')).out).toMatch(new RegExp(`^${RegExp.escape(shown)}\n`));
    phone.setValue('', 'DeviceName', '');
    expect((await type('devices', 'apps')).out).toContain(`apps on ${anna.udid}, `);
    expect((await type('devices', 'info')).out).toMatch(new RegExp(`^${anna.udid}\n`));
  });

  it('turns encryption on, changes its password and turns it off, with the password that the phone has', async () => {
    const phone = desk.plugIn(anna);
    await type('devices', 'pair');
    const file = async (name: string, text: string): Promise<string> => {
      await writeFile(join(cli.folder, name), `${text}\n`);
      return name;
    };
    const [old, next] = [await file('old', 'first words'), await file('next', 'second words')];
    const encryption = (...more: string[]): Promise<Ended> => type('devices', 'encryption', ...more);
    expect(await encryption('off', '--phone-password-file', old)).toMatchObject({ code: 2 });
    expect((await encryption('offf')).err).toContain('"offf" is nothing that can be done with the encryption');
    const on = await encryption('on', '--new-password-file', old);
    expect(on.out).toBe(
      'Annas iPhone encrypts its backups from now on; without the password nobody can restore them\n',
    );
    expect(phone.password).toBe('first words');
    const wrong = await encryption('change', '--phone-password-file', next, '--new-password-file', next);
    expect([wrong.code, phone.password]).toEqual([12, 'first words']);
    await encryption('change', '--phone-password-file', old, '--new-password-file', next);
    expect(phone.password).toBe('second words');
    expect((await encryption('off')).err).toContain('give it with --phone-password-file');
    const { lines } = await encryption('off', '--phone-password-file', next, '--json');
    expect(lines.at(-1)).toMatchObject({ type: 'device-change', change: 'encryption-off' });
    expect(phone.password).toBeUndefined();
    expect(await encryption('sideways')).toMatchObject({ code: 2 });
    await writeFile(
      join(cli.folder, 'triplicate.yaml'),
      [
        'version: 1',
        'pipelines:',
        '  family:',
        '    sources:',
        `      annas-iphone: { type: device, udid: ${anna.udid}, password: { file: ./old } }`,
        `      bare: { type: device, udid: ${anna.udid} }`,
        '    encrypt: { password: { file: ./next } }',
        '    destinations: { disk: { type: local, path: ./disk } }',
      ].join('\n'),
    );
    // What would be typed is a new password, which is asked for twice.
    expect((await encryption('on', '--source', 'bare')).err).toContain('give it with --new-password-file');
    await encryption('on', '--source', 'annas-iphone');
    expect(phone.password).toBe('first words');
    expect(await encryption('off', '--source', 'bens-iphone')).toMatchObject({ code: 2 });
  });

  it('steers the backup to iCloud, and lists apps', async () => {
    const phone = desk.plugIn(anna);
    expect((await type('devices', 'icloud', 'on')).err).toContain('unlock it and pair: triplicate devices pair');
    await type('devices', 'pair');
    await type('devices', 'icloud', 'on');
    expect(phone.values.get('com.apple.mobile.backup')?.['CloudBackupEnabled']).toBe(true);
    expect((await type('devices', 'icloud')).out).toContain('iCloud backup   on, none so far');
    expect((await type('devices', 'icloud', 'off')).out).toBe(
      'Annas iPhone does not back itself up to iCloud any more\n',
    );
    const apps = (await type('devices', 'apps')).out;
    // The largest first.
    expect(apps).toMatch(/WhatsApp .* 2\.24 GiB[^]*org\.example\.notes .* 3\.34 MiB/);
    expect(apps).toContain('2.24 GiB of data: a backup has it without the caches');
    expect(await type('devices', 'info', anna.udid)).toMatchObject({
      code: 2,
      err: expect.stringContaining('name a device with --udid') as string,
    });
    expect((await type('devices', 'apps', '--json')).lines).toContainEqual(
      expect.objectContaining({
        type: 'app',
        id: 'org.example.notes',
        sharesFiles: true,
        dataBytes: 3_500_000,
        programBytes: 41_000_000,
      }),
    );
  });
});

describe('schedule: { onConnect: true }', () => {
  it('backs a phone up when it is plugged in', async () => {
    const phone = desk.plugIn(anna);
    await type('devices', 'pair');
    const config = [
      'version: 1',
      'pipelines:',
      '  main:',
      '    sources: { annas-iphone: { type: device } }',
      '    encrypt: { password: { file: ./password } }',
      '    destinations: { disk: { type: local, path: ./disk } }',
      '    schedule: { onConnect: true }',
    ];
    await writeFile(join(cli.folder, 'password'), 'words of the repository', { mode: 0o600 });
    await writeFile(join(cli.folder, 'triplicate.yaml'), config.join('\n'));
    await type('init');
    desk.server.detach(phone);
    const clock = new FakeClock(new Date());
    const surroundings = { ...cli.surroundings(desk.env), clock, cwd: cli.folder };
    let talk = '';
    (surroundings.stderr as PassThrough).on('data', (part: Buffer) => (talk += part.toString()));
    const daemon = run(['daemon'], surroundings);
    await until(() => talk.includes('waits for a disk or a phone to turn up'));
    await clock.advance(120_000);
    desk.server.attach(phone);
    await until(async () => {
      await clock.advance(30_000);
      return talk.includes('main: begins, a disk or a phone turned up');
    });
    // The run itself needs no more time than it takes.
    await until(async () => {
      await clock.advance(10);
      return talk.includes('main: done');
    });
    cli.interrupt();
    await clock.advance(30_000);
    await daemon;
    expect((await type('snapshots', '--json')).lines).toContainEqual(
      expect.objectContaining({ type: 'snapshot', source: 'annas-iphone' }),
    );
  });
});

/** Looks every few milliseconds. */
const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('it did not come to that');
    await pause(20);
  }
};

describe('restore --to device', () => {
  const config = (...sources: string[]): string =>
    [
      'version: 1',
      'pipelines:',
      '  family:',
      '    sources:',
      ...sources.map((source) => `      ${source}`),
      '    encrypt: { password: { file: ./password } }',
      '    destinations:',
      '      disk: { type: local, path: ./disk }',
      '      other: { type: local, path: ./other }',
    ].join('\n');
  const write = async (...sources: string[]): Promise<void> => {
    await writeFile(join(cli.folder, 'password'), 'words of the repository');
    await writeFile(join(cli.folder, 'triplicate.yaml'), config(...sources));
  };

  it('puts a phone back, from either place, with the options of the command line', async () => {
    await write(`annas-iphone: { type: device, udid: ${anna.udid} }`);
    const phone = desk.plugIn(anna);
    await type('devices', 'pair');
    await type('init');
    expect((await type('backup')).code).toBe(0);
    const before = phone.inventory();
    phone.takePhotos(2);
    const [extra] = phone.takePhotos(1);
    phone.edit(2);
    const back = await type('restore', 'latest', '--to', 'device', '--from', 'other');
    expect([back.code, back.out]).toEqual([
      0,
      expect.stringMatching(/^restored snapshot [0-9a-f]{8} of .* onto Annas iPhone\n/),
    ]);
    expect(phone.content.has(extra ?? '')).toBe(true);
    expect(phone.restarts).toBe(1);
    const { lines } = await type(
      'restore',
      'latest:annas-iphone',
      '--to',
      'device',
      '--remove-others',
      '--no-reboot',
      '--json',
    );
    expect(lines.at(-1)).toMatchObject({ type: 'summary', command: 'restore', device: true, target: 'Annas iPhone' });
    expect([phone.inventory(), phone.restarts]).toEqual([before, 1]);
    // Another phone is never overwritten by a guess.
    desk.server.detach(phone);
    const other = desk.plugIn({ seed: 'new', name: 'Annas new iPhone', udid: '00008110-000000000000000A' });
    await type('devices', 'pair');
    const guess = await type('restore', 'latest', '--to', 'device');
    expect([guess.code, guess.err]).toEqual([2, expect.stringContaining(`--to device:${other.udid}`)]);
    const named = [
      '--to',
      `device:${other.udid}`,
      '--remove-others',
      '--system-files',
      '--no-keep-settings',
      '--no-install-apps',
    ];
    expect(await type('restore', 'latest', ...named)).toMatchObject({ code: 0 });
    expect(other.inventory()).toEqual(before);
    expect([...other.mediaFiles.keys()].filter((path) => path.includes('iTunesRestore'))).toEqual([]);
    desk.server.detach(other);
    expect((await type('restore', 'latest', '--to', 'device')).err).toContain('no iPhone or iPad is connected');
    expect(await type('restore', 'latest', '--to', 'folder', '--remove-others')).toMatchObject({ code: 2 });
    expect(await type('restore', 'latest', '--to', 'device', '--include', '*.jpg')).toMatchObject({ code: 2 });
  });

  it('asks a person at the terminal before it overwrites a phone, unless that one said yes already', async () => {
    await write(`annas-iphone: { type: device, udid: ${anna.udid} }`);
    const phone = desk.plugIn(anna);
    await type('devices', 'pair');
    await type('init');
    await type('backup');
    const before = phone.inventory();
    phone.takePhotos(1);
    const since = phone.inventory();
    const back = (presses: string, ...flags: string[]): Promise<Ended> =>
      cli.type(['restore', 'latest', '--to', 'device', '--remove-others', ...flags], { env: desk.env, presses });
    const declined = await back('n');
    expect(declined.code).toBe(130);
    expect(declined.err).toMatch(/Snapshot [0-9a-f]{8} is of .*\. Put it onto Annas iPhone\?/);
    expect(declined.err).toContain('What is not in the snapshot is removed from it.');
    expect(declined.err).toContain('nothing was changed on Annas iPhone');
    expect([phone.inventory(), phone.restarts]).toEqual([since, 0]);
    phone.values.set('com.apple.fmip', { IsAssociated: true });
    const refused = await back('y');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('Find My is turned on')]);
    expect(refused.err).not.toContain('Put it onto');
    phone.values.set('com.apple.fmip', { IsAssociated: false });
    expect(await back('y')).toMatchObject({ code: 0 });
    expect([phone.inventory(), phone.restarts]).toEqual([before, 1]);
    for (const flag of ['--yes', '--json']) {
      phone.takePhotos(1);
      const { code, err } = await back('n', flag);
      expect([code, err]).toEqual([0, expect.not.stringContaining('Put it onto')]);
      expect(phone.inventory()).toEqual(before);
    }
    expect(await type('restore', 'latest', '--to', 'folder', '--yes')).toMatchObject({ code: 2 });
  });

  it('does not take the machine of a folder for a device', async () => {
    await write('documents: { type: files, paths: [documents] }');
    await mkdir(join(cli.folder, 'documents'));
    desk.plugIn(anna);
    await type('devices', 'pair');
    await type('init');
    await type('backup');
    const guess = await type('restore', 'latest', '--to', 'device');
    expect(guess.code).toBe(2);
    expect(guess.err).toMatch(/error: snapshot [0-9a-f]{8} is not of a device\n.*choose one of a device source/);
    const named = await type('restore', 'latest', '--to', `device:${anna.udid}`);
    expect([named.code, named.err]).toEqual([2, expect.stringContaining('holds 0 backups of phones')]);
  });

  it('says what is wrong on this side, and nothing of destinations or folders where they are not meant', async () => {
    await write(`annas-iphone: { type: device, udid: ${anna.udid} }`);
    const phone = desk.plugIn(anna);
    phone.trust = 'denies';
    expect((await type('devices', 'pair')).err).toContain('Annas iPhone was told not to trust this computer');
    phone.trust = 'accepts';
    await type('devices', 'pair');
    await type('init');
    expect((await type('backup')).code).toBe(0);
    const back = (...flags: string[]): Promise<Ended> => type('restore', 'latest', '--to', 'device', ...flags);
    for (const [flags, sentence] of [
      [['--from', 'nowhere'], 'has no destination "nowhere"'],
      [['--dry-run'], 'cannot be told without restoring it'],
      [['--verify'], '--delete, --verify and --overwrite speak of folders'],
      [['--overwrite', 'never'], '--delete, --verify and --overwrite speak of folders'],
    ] as const) {
      const { code, err } = await back(...flags);
      expect([code, err]).toEqual([2, expect.stringContaining(sentence)]);
    }
    phone.faults = { errorCode: 208 };
    const late = await type('backup');
    expect(late.err).toContain('the passcode was not entered on Annas iPhone in time');
    expect(late.out + late.err).not.toContain('quorum');
    phone.faults = { cancelAfterFiles: 1 };
    const cancelled = await back();
    expect(cancelled.code).toBe(130);
    expect(cancelled.err).toMatch(/^error: the restore was cancelled on Annas iPhone$/m);
    const interrupted = cli.type(['restore', 'latest', '--to', 'device'], { env: desk.env });
    phone.notices.once('post', () => cli.interrupt());
    expect((await interrupted).err).toContain('stopping; run it again to restore the phone from the beginning\n');
    phone.faults = {};
    for (const place of ['disk', 'other']) {
      const [largest = ''] = objectsOf(join(cli.folder, place), 'data').toSorted(
        (a, b) => statSync(b).size - statSync(a).size,
      );
      harm(largest, 'flip', 0.5);
    }
    const { code, err } = await back('--remove-others');
    expect(code).toBe(1);
    expect(err).toMatch(/error: a file of the backup could not be given to Annas iPhone: no destination has/);
  });

  it('writes down what was said to one phone, and nothing about its person', async () => {
    await write(
      `annas-iphone: { type: device, udid: ${anna.udid} }`,
      `bens-iphone: { type: device, udid: ${ben.udid} }`,
    );
    desk.plugIn({ ...anna, name: 'A very private name' });
    await type('devices', 'pair');
    await type('init');
    const several = await type('backup', '--record', 'talk.jsonl');
    expect([several.code, several.err]).toEqual([
      2,
      expect.stringContaining('name one: `triplicate backup annas-iphone'),
    ]);
    expect(await type('backup', 'annas-iphone', '--record', 'talk.jsonl')).toMatchObject({ code: 0 });
    const talk = await readFile(join(cli.folder, 'talk.jsonl'), 'utf8');
    const again = await type('backup', 'annas-iphone', '--record', 'talk.jsonl');
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('talk.jsonl" is there already, and --record')]);
    expect(await readFile(join(cli.folder, 'talk.jsonl'), 'utf8')).toBe(talk);
    expect(talk).toContain('DLMessageUploadFiles');
    for (const secret of ['private name', anna.udid, anna.udid.slice(9), 'IMG_', 'PRIVATE KEY'])
      expect(talk).not.toContain(secret);
  });

  it('takes the password of the backup that is restored, and refuses early what the phone would refuse late', async () => {
    await write(
      `annas-iphone: { type: device, udid: ${anna.udid}, encryption: required, password: { file: ./annas } }`,
      `bens-iphone: { type: device, udid: ${ben.udid}, encryption: required, password: { file: ./bens } }`,
    );
    await writeFile(join(cli.folder, 'annas'), 'words of Anna');
    await writeFile(join(cli.folder, 'bens'), 'words of Ben');
    const [annas, bens] = [desk.plugIn(anna), desk.plugIn({ ...ben, findMy: false })];
    for (const { udid } of [anna, ben]) await type('devices', 'pair', '--udid', udid);
    await type('init');
    expect((await type('backup')).code).toBe(0);
    const before = bens.inventory();
    bens.edit(3);
    expect((await type('restore', 'latest:bens-iphone', '--to', 'device', '--remove-others')).code).toBe(0);
    expect(bens.inventory()).toEqual(before);
    // The repository alone, without the configuration that knows the password.
    const bare = ['--repo', 'disk', '--password-file', 'password', 'restore', 'latest:annas-iphone', '--to'];
    const missing = await type(...bare, 'device');
    expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('--phone-password-file')]);
    expect(await type(...bare, 'device', '--phone-password-file', 'bens')).toMatchObject({ code: 12 });
    expect(await type(...bare, 'device', '--phone-password-file', 'annas')).toMatchObject({ code: 0 });
    const refusals = [
      [{ seed: 'find-my', findMy: true }, 'Find My is turned on'],
      [{ seed: 'old', productVersion: '16.7' }, 'the backup is of iOS 17.5.1'],
      [{ seed: 'small' }, 'holds 1000 when it is empty'],
    ] as const;
    for (const [options, sentence] of refusals) {
      const phone = desk.plugIn(options);
      if (options.seed === 'small') phone.setValue('com.apple.disk_usage', 'TotalDataCapacity', 1000);
      const untouched = phone.inventory();
      await type('devices', 'pair', '--udid', phone.udid);
      const refused = await type('restore', 'latest:annas-iphone', '--to', `device:${phone.udid}`);
      expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(sentence)]);
      expect(phone.inventory()).toEqual(untouched);
    }
    expect(annas.password).toBe('words of Anna');
  });
});
