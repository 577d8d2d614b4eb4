/** One part of a snapshot goes back onto a phone, which is judged by all that it holds before and after. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesFile, type SimDevice } from '@triplicate/device-simulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildBackup } from '../../../ios-backup/test/fixtures/backup-builder.ts';
import { createCli, type Cli, type Ended } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';
import { openPhoneDesk, type PhoneDesk } from '../support/phones.ts';

let cli: Cli;
let desk: PhoneDesk;
let phone: SimDevice;

beforeEach(async () => {
  cli = await createCli();
  desk = await openPhoneDesk();
  phone = desk.plugIn({ seed: 'part', name: 'Annas iPhone', photos: 6, photoBytes: 20_000, documents: 8 });
});
afterEach(async () => {
  await desk[Symbol.asyncDispose]();
  await cli[Symbol.asyncDispose]();
});

const type = (...parameters: string[]): Promise<Ended> => cli.type(parameters, { env: desk.env });

const backUp = async (password?: string): Promise<void> => {
  await phone.setPassword(password);
  await type('init', '--iphone', '--to', 'usb=usb', '--to', 'nas=nas', '--yes');
  await type('devices', 'pair');
  if (password !== undefined) {
    const place = join(cli.folder, 'triplicate.yaml');
    writeFileSync(join(cli.folder, 'phone-password'), `${password}\n`, { mode: 0o600 });
    const yaml = readFileSync(place, 'utf8');
    writeFileSync(place, yaml.replace('type: device,', 'type: device, password: { file: phone-password },'));
  }
  const ended = await type('backup');
  if (ended.code !== 0) throw new Error(`${ended.out}${ended.err}`);
};

const restore = (...parameters: string[]): Promise<Ended> =>
  type('restore', 'latest', '--logical', '--to', 'device', ...parameters);

/** Changes everything in the phone, and takes away what `lost` says. */
const spoil = (lost: (key: string) => boolean): void => {
  phone.edit(1000);
  for (const key of phone.content.keys()) if (lost(key)) phone.remove(key);
};

/** What the phone holds now that is not as it was in `before`. */
const changed = (before: ReadonlyMap<string, string>): string[] => {
  const now = phone.inventory();
  return [...new Set([...before.keys(), ...now.keys()])].filter((key) => before.get(key) !== now.get(key)).toSorted();
};

const cases = [
  ["one app's documents", 'AppDomain-org.example.notes/Documents', (key: string) => key.startsWith('AppDomain-')],
  ['one domain', 'CameraRollDomain', (key: string) => key.startsWith('CameraRollDomain-')],
  ['one file', 'CameraRollDomain/Media/DCIM/100APPLE/IMG_0003.HEIC', (key: string) => key.endsWith('IMG_0003.HEIC')],
] as const;

describe.each([
  ['a phone that does not encrypt', undefined],
  ['a phone that encrypts', 'a password'],
] as const)('%s', (_name, password) => {
  it.each(cases)('gets %s back, and the rest of it is untouched', async (_what, place, isChosen) => {
    await backUp(password);
    const backedUp = phone.inventory();
    spoil(isChosen);
    const before = phone.inventory();
    const ended = await restore(place, '--experimental');
    expect([ended.code, ended.err]).toEqual([0, expect.any(String)]);
    const touched = changed(before);
    const chosen = [...backedUp.keys()].filter((key) => isChosen(key));
    const files = chosen.filter((key) => backedUp.get(key)?.startsWith('file'));
    expect(ended.out).toContain(`put ${files.length} file${files.length === 1 ? '' : 's'}, `);
    // Everything chosen is as it was backed up, and nothing else is another than before.
    expect(chosen.map((key) => phone.inventory().get(key))).toEqual(chosen.map((key) => backedUp.get(key)));
    expect(touched.filter((key) => !isChosen(key))).toEqual([]);
    expect(files.length).toBeGreaterThan(0);
    expect(touched).toEqual(expect.arrayContaining(files));
    // No app is told to be installed.
    expect([...phone.mediaFiles.keys()].filter((path) => path.includes('RestoreApplications'))).toEqual([]);
  });
});

describe('a database', () => {
  it('comes with its log, whichever of the two was asked for', async () => {
    for (const suffix of ['', '-wal', '-shm'])
      phone.put(
        bytesFile({
          domain: 'HomeDomain',
          relativePath: `Library/Notes/x.db${suffix}`,
          bytes: Buffer.from(`a${suffix}`),
          modified: 9,
        }),
      );
    await backUp();
    const backedUp = phone.inventory();
    spoil((key) => key.includes('x.db'));
    expect(await restore('HomeDomain/Library/Notes/x.db-wal', '--experimental')).toMatchObject({ code: 0 });
    for (const suffix of ['', '-wal', '-shm']) {
      const key = `HomeDomain-Library/Notes/x.db${suffix}`;
      expect([key, phone.inventory().get(key)]).toEqual([key, backedUp.get(key)]);
    }
  });
});

describe('what cannot work is refused before the phone is touched', () => {
  it.each([
    ['without the word that it is an experiment', ['CameraRollDomain'], 2, 'no real phone was seen to take it'],
    ['without a place', ['--experimental'], 2, 'nothing says which part'],
    [
      'with the removal of all the rest',
      ['CameraRollDomain', '--experimental', '--remove-others'],
      2,
      'all that is not in',
    ],
    ['with patterns', ['CameraRollDomain', '--experimental', '--include', '*.MOV'], 2, 'speak of folders'],
    ['for a place where nothing stands', ['CameraRollDomain/Media/None', '--experimental'], 1, 'nothing stands at'],
    ['for the keychain', ['KeychainDomain', '--experimental'], 1, 'the keychain is not put back in parts'],
    [
      'for an app that the phone lacks',
      ['AppDomain-org.example.gone', '--experimental'],
      1,
      'does not have the app org.example.gone',
    ],
  ])('%s', async (_what, parameters, code, message) => {
    phone.put(
      bytesFile({
        domain: 'AppDomain-org.example.gone',
        relativePath: 'Documents/a',
        bytes: Buffer.from('a'),
        modified: 9,
      }),
    );
    await backUp();
    const before = phone.inventory();
    const ended = await restore(...parameters);
    expect([ended.code, ended.err]).toEqual([code, expect.stringContaining(message)]);
    expect(changed(before)).toEqual([]);
    expect(phone.restarts).toBe(0);
  });

  it('for a backup of iOS 9, and for a file that the snapshot lacks', async () => {
    await backUp();
    const before = phone.inventory();
    const entries = [{ domain: 'HomeDomain', path: 'Library/a', bytes: Buffer.from('a'), lost: true }];
    for (const [layout, said] of [
      ['mbdb', 'of iOS 9 and older'],
      ['db', 'does not hold "HomeDomain/Library/a"'],
    ] as const) {
      const tree = buildBackup({ entries, layout });
      const folder = join(cli.folder, layout, 'a'.repeat(40));
      mkdirSync(folder, { recursive: true });
      for await (const { name, kind } of tree.list('', { signal: AbortSignal.timeout(30_000) }))
        if (kind === 'file')
          writeFileSync(
            join(folder, name),
            Buffer.concat(await Array.fromAsync(tree.open(name, { signal: AbortSignal.timeout(30_000) }))),
          );
      const yaml = join(cli.folder, 'triplicate.yaml');
      const text = readFileSync(yaml, 'utf8');
      const source = `    sources:\n      ${layout}: { type: files, paths: [./${layout}] }\n`;
      writeFileSync(yaml, text.replace(/ {4}sources:\n/, source));
      expect([layout, (await type('backup', layout)).code]).toEqual([layout, 0]);
      const ended = await type(
        'restore',
        `latest:${layout}`,
        '--logical',
        'HomeDomain/Library/a',
        '--to',
        `device:${phone.udid}`,
        '--experimental',
      );
      expect([ended.code, ended.err]).toEqual([1, expect.stringContaining(said)]);
    }
    expect(changed(before)).toEqual([]);
  });
});

it('a dry run tells what would go onto the phone, and needs none', async () => {
  await backUp();
  const before = phone.inventory();
  const ended = await restore('HomeDomain/Library/SMS', '--dry-run', '--json');
  expectDocumented(ended.lines);
  expect(ended.lines.at(-1)).toMatchObject({ part: ['HomeDomain/Library/SMS'], files: 1, dryRun: true, device: true });
  expect((await restore('HomeDomain/Library/SMS', '--dry-run')).out).toContain('1 database among them');
  expect(changed(before)).toEqual([]);
});
