import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { writeBinaryPlist } from '@triplicate/plist';
import { fileRecord } from '../../packages/ios-backup/test/fixtures/backup-builder.ts';
import { fileId } from '../../packages/ios-backup/src/manifest/manifest.ts';
import { createCli } from '../../packages/cli/test/support/cli.ts';
import type { Campaign } from './main.ts';

/** `Manifest.db` of a phone with so many files, and none of the files. */
const writePhone = async (folder: string, rows: number): Promise<void> => {
  await mkdir(folder, { recursive: true });
  const place = join(folder, 'Manifest.db');
  const db = new DatabaseSync(place);
  db.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
    CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB);
    CREATE INDEX FilesDomainIdx ON Files(domain); CREATE INDEX FilesRelativePathIdx ON Files(relativePath); CREATE INDEX FilesFlagsIdx ON Files(flags);
    CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB); BEGIN`);
  const insert = db.prepare('INSERT INTO Files VALUES (?, ?, ?, 1, ?)');
  for (let i = 0; i < rows; i++) {
    const [domain, path] =
      i % 3 === 0
        ? ['CameraRollDomain', `Media/DCIM/${100 + Math.floor(i / 3000)}APPLE/IMG_${i}.HEIC`]
        : [`AppDomain-org.example.app${i % 97}`, `Library/Application Support/store/${i % 1000}/blob-${i}.bin`];
    const record = fileRecord({ entry: { domain, path, bytes: Buffer.alloc(i % 50) }, key: undefined });
    insert.run(fileId(domain, path), domain, path, record);
  }
  db.exec('COMMIT');
  db.close();
  const lockdown = { DeviceName: 'Large phone', ProductVersion: '26.1', UniqueDeviceID: 'f'.repeat(40) };
  await writeFile(
    join(folder, 'Manifest.plist'),
    writeBinaryPlist({ IsEncrypted: false, Version: '10.0', Lockdown: lockdown }),
  );
};

interface Timed<T> {
  readonly value: T;
  readonly seconds: number;
  /** Seconds of the processor, which a busy machine does not change. */
  readonly busy: number;
}

const time = async <T>(work: () => Promise<T>): Promise<Timed<T>> => {
  const [begun, before] = [performance.now(), process.cpuUsage()];
  const value = await work();
  const { user, system } = process.cpuUsage(before);
  return { value, seconds: (performance.now() - begun) / 1000, busy: (user + system) / 1e6 };
};

/** How long `ls --logical` takes on a phone of COUNT files: the first time, and with the list of files kept. Two seconds are allowed then. */
export const firstScreen: Campaign = async (count) => {
  await using cli = await createCli();
  const { folder } = cli;
  await writePhone(join(folder, 'phone', 'f'.repeat(40)), count);
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  await cli.type(['init', '--source', `phone=${join(folder, 'phone')}`, '--to', 'usb=usb']);
  const { code } = (await time(() => cli.type(['backup']))).value;
  if (code !== 0) return false;
  const talk: string[] = [];
  const cold = await time(() =>
    cli.type(['ls', '--logical', 'latest'], { columns: 100, onTalk: (text) => talk.push(text) }),
  );
  const shown = talk.filter((text) => text.includes('list of files')).length;
  say(
    `cold: ${cold.seconds.toFixed(1)} s (${cold.busy.toFixed(1)} s of the processor), exit ${cold.value.code}, ${shown} frames of progress`,
  );
  let slowest = 0;
  for (const path of [[], [], ['CameraRollDomain/Media/DCIM'], ['CameraRollDomain/Media/DCIM/100APPLE', '--long']]) {
    const warm = await time(() => cli.type(['ls', '--logical', 'latest', ...path]));
    say(
      `warm: ${warm.seconds.toFixed(2)} s (${warm.busy.toFixed(2)} s of the processor), exit ${warm.value.code}, ${warm.value.out.split('\n').length - 1} lines of ls ${path.join(' ')}`,
    );
    slowest = Math.max(slowest, warm.seconds);
    if (warm.value.code !== 0) return false;
  }
  return cold.value.code === 0 && shown > 0 && slowest < 2;
};
