import { mkdir, rm, writeFile } from 'node:fs/promises';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { writeBinaryPlist } from '@triplicate/plist';

export const udid = '00008110-000A1B2C3D4E5F60';

export interface MadeBackup {
  readonly udid?: string;
  readonly name?: string;
  readonly date?: Date;
  readonly state?: string;
  readonly encrypted?: boolean;
  readonly keybag?: string;
}

const emptyDatabase = (): Buffer => {
  const file = join(mkdtempSync(join(tmpdir(), 'manifest-')), 'db');
  const database = new DatabaseSync(file);
  database.exec('CREATE TABLE Files (fileID TEXT PRIMARY KEY)');
  database.close();
  const bytes = readFileSync(file);
  rmSync(dirname(file), { recursive: true });
  return bytes;
};

/** The files of a small finished backup, as Finder keeps one. */
export const makeBackup = async (folder: string, made: MadeBackup = {}): Promise<void> => {
  const { udid: device = udid, name = 'Annas iPhone', date = new Date('2026-11-01T10:00:00Z') } = made;
  const files: Readonly<Record<string, string | Buffer>> = {
    'Info.plist': writeBinaryPlist({ 'Device Name': name, 'Target Identifier': device }),
    'Manifest.plist': writeBinaryPlist({
      Lockdown: { UniqueDeviceID: device },
      IsEncrypted: made.encrypted ?? false,
      BackupKeyBag: Buffer.from(made.keybag ?? 'of the password'),
    }),
    'Manifest.db': made.encrypted === true ? Buffer.alloc(4096, 1) : emptyDatabase(),
    '0a/0a00000000000000000000000000000000000001': 'one',
    '0a/0a00000000000000000000000000000000000002': 'two',
    'ff/ff00000000000000000000000000000000000003': 'three',
    '.DS_Store': 'litter',
    'Snapshot/0a/0a00000000000000000000000000000000000009': 'half of the next one',
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  await setState(folder, made.state ?? 'finished', date);
};

export const setState = async (folder: string, state: string, date = new Date()): Promise<void> => {
  const status = writeBinaryPlist({ SnapshotState: state, Date: date, IsFullBackup: true, Version: '3.3' });
  await rm(join(folder, 'Status.plist'), { force: true });
  await writeFile(join(folder, 'Status.plist'), status);
};
