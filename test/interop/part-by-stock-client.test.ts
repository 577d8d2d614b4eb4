/** A part of a backup, carried onto a phone by libimobiledevice's own program, which made the backup too. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SimDevice } from '@triplicate/device-simulator';
import { FolderFiles, openBackup } from '@triplicate/ios-backup';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasProgram, runClient, type Ran } from '../../packages/source-device/test/fixtures/real-client.ts';
import { PhoneDesk } from '../kit/phone-desk.ts';
import { writeBackupTree } from '../kit/write-tree.ts';

const program = 'idevicebackup2';
const why = hasProgram(program) ? '' : `: ${program} is not installed`;
const { signal } = new AbortController();

let desk: PhoneDesk;
let phone: SimDevice;
beforeEach(async () => {
  desk = await PhoneDesk.open();
  phone = await desk.add({ seed: 'stock part', photos: 6, photoBytes: 20_000, documents: 6 });
  for (const name of ['whole', 'part']) mkdirSync(join(desk.folder, name));
});
afterEach(() => desk[Symbol.asyncDispose]());

const run = (...parameters: string[]): Promise<Ran> =>
  runClient(desk.address, program, '-u', phone.udid, ...parameters);

describe.skipIf(why !== '')(`a part of a backup that ${program} made${why}`, () => {
  it.each([
    ['plain', undefined],
    ['encrypted', 'a password'],
  ] as const)('is restored by it, %s, and nothing else of the phone changes', async (_name, password) => {
    await phone.setPassword(password);
    const made = await run('backup', '--full', join(desk.folder, 'whole'));
    expect(made.output).toContain('Backup Successful');
    const backedUp = phone.inventory();
    await using backup = await openBackup(new FolderFiles(join(desk.folder, 'whole', phone.udid)), {
      signal,
      password,
    });
    const part = await backup.part([{ domain: 'AppDomain-org.example.notes', path: 'Documents' }], { signal });
    await writeBackupTree(part.files, join(desk.folder, 'part', phone.udid));
    phone.edit(1000);
    const before = phone.inventory();
    const secret = password === undefined ? [] : ['--password', password];
    const restored = await run('restore', '--no-reboot', '--skip-apps', ...secret, join(desk.folder, 'part'));
    expect(restored.output).toContain('Restore Successful');
    const after = phone.inventory();
    const isChosen = (key: string): boolean => key.startsWith('AppDomain-');
    for (const [key, line] of after) expect([key, line]).toEqual([key, (isChosen(key) ? backedUp : before).get(key)]);
    expect([...after.keys()].filter((key) => isChosen(key) && after.get(key) !== before.get(key))).toHaveLength(6);
  });
});
