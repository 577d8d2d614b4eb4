import { join } from 'node:path';
import { bytesBelow, filesBelow } from '../data/files.ts';
import type { Bench } from './bench.ts';
import type { Filled } from './first-backup.ts';
import { works } from './names.ts';

/** Restores and checks. */
export const readings = async (bench: Bench, { one }: Filled, data: string): Promise<void> => {
  const { restic } = bench.parts;
  const peer = one.repository('peer-1');
  await bench.alternate(works.check, {
    triplicate: () => one.command('check', '--read-data'),
    restic: () => restic?.command(peer, 'check', '--read-data'),
  });
  const target = bench.path('restored');
  const clear = (): void => bench.remove('restored');
  await bench.alternate(
    works.restoreAll,
    {
      restic: () => restic?.command(peer, 'restore', 'latest', '--target', target),
      triplicate: () => one.command('restore', 'latest', '--to', target),
    },
    clear,
  );
  expectRestored(join(target, data), data);
  const file = middleFile(join(data, 'photos'));
  await bench.alternate(
    works.restoreOne,
    {
      restic: () => restic?.command(peer, 'restore', 'latest', '--target', target, '--include', file),
      triplicate: () => one.command('restore', 'latest', file, '--to', target),
    },
    clear,
  );
  clear();
};

const middleFile = (folder: string): string => {
  const files = filesBelow(folder);
  const file = files[Math.floor(files.length / 2)];
  if (file === undefined) throw new TypeError(`nothing in ${folder}`);
  return file.path;
};

/** A restore that is fast because it leaves something out is none. */
const expectRestored = (restored: string, data: string): void => {
  const [ours, whole] = [bytesBelow(restored), bytesBelow(data)];
  if (ours !== whole) throw new Error(`the restore gave ${ours} of ${whole} bytes`);
};
