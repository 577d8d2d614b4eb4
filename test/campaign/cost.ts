/** What a backup costs as the data grows, and that an unchanged run reads none of it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededBytes } from '../kit/sample-tree.ts';
import type { BackupCost, OneBackup } from './one-backup.ts';

const child = join(import.meta.dirname, 'one-backup.ts');
const nodeArguments = (job: OneBackup): string[] => ['--conditions=@triplicate/source', child, JSON.stringify(job)];

const run = (job: OneBackup): BackupCost =>
  JSON.parse(execFileSync(process.execPath, nodeArguments(job), { encoding: 'utf8', maxBuffer: 1e9 })) as BackupCost;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const inFolder = <T>(use: (folder: string) => T, place = process.env['CAMPAIGN_FOLDER'] ?? tmpdir()): T => {
  const folder = mkdtempSync(join(place, 'triplicate-cost-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const fileBytes = 64 * 1024 * 1024;

/** Peak memory of a process that backs up 1 GiB of incompressible data to three destinations, and `gigabytes`: it must not grow with the data. */
export const memory = (gigabytes: number, seed: number): Promise<boolean> => {
  const peaks = [1, gigabytes].map((size) =>
    inFolder((home) => {
      const root = join(home, 'source');
      mkdirSync(root);
      for (let i = 0; i < size * 16; i += 1) writeFileSync(join(root, `file-${i}`), seededBytes(seed + i, fileBytes));
      const cost = run({ paths: [root], home, destinations: ['a', 'b', 'c'], init: true });
      say(
        `${size} GiB: peak ${cost.peakMiB} MiB, ${cost.seconds.toFixed(1)} s, ${cost.cpuSeconds.toFixed(1)} s CPU, ${cost.status.join()}`,
      );
      return cost.peakMiB;
    }),
  );
  const [small = 0, large = 0] = peaks;
  say(`growth ${((large / small - 1) * 100).toFixed(0)} %`);
  return Promise.resolve(large < small * 1.25);
};

/**
 * Files opened in the source by a second run over `count` files that did not change, as strace sees it. The source stands where nothing
 * else is written, since the folders above it are part of the tree.
 */
export const unchanged = (count: number, seed: number): Promise<boolean> =>
  Promise.resolve(inFolder((root) => inFolder((home) => secondRun({ root, home, count, seed })), '/var/tmp'));

interface SecondRun {
  readonly root: string;
  readonly home: string;
  readonly count: number;
  readonly seed: number;
}

const secondRun = ({ root, home, count, seed }: SecondRun): boolean => {
  for (let i = 0; i < count; i += 1) {
    const folder = join(root, `folder-${i % 200}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${i}`), seededBytes(seed + i, 500 + (i % 7) * 900));
  }
  const job = { paths: [root], home, destinations: ['a', 'b', 'c'] };
  const first = run({ ...job, init: true });
  say(`first: ${first.files} files, ${first.seconds.toFixed(1)} s, peak ${first.peakMiB} MiB`);
  const before = objectsIn(join(home, 'a'));
  const log = join(home, 'strace');
  const node = [process.execPath, ...nodeArguments({ ...job, init: false })];
  const traced = ['-f', '-qq', '-e', 'trace=openat,open', '-o', log, ...node];
  const second = JSON.parse(execFileSync('strace', traced, { encoding: 'utf8' })) as BackupCost;
  const lines = readFileSync(log, 'latin1').split('\n');
  const opened = lines.filter((line) => line.includes(`"${root}/`) && !line.includes('O_DIRECTORY'));
  const added = objectsIn(join(home, 'a')).filter((object) => !before.includes(object));
  say(`second: ${second.filesUnmodified} of ${second.files} unmodified, ${second.seconds.toFixed(1)} s under strace`);
  say(`files of the source opened: ${opened.length}; new objects: ${added.join(', ')}`);
  return opened.length === 0 && added.length === 1 && added[0]?.startsWith('snapshots/') === true;
};

const objectsIn = (replica: string): string[] =>
  readdirSync(replica, { recursive: true, encoding: 'utf8' }).filter((path) => /[0-9a-f]{64}$/.test(path));
