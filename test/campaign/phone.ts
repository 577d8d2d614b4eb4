/** What a phone costs: no copy on this computer, no memory that grows with it, and only what changed in a second backup. */
import { statSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { folderBytes } from '../kit/folder-bytes.ts';
import type { Campaign } from './main.ts';
import { PhoneBench } from './phone-bench.ts';

const mebi = 1024 * 1024;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const shown = (bytes: number): string => `${(bytes / mebi).toFixed(1)} MiB`;

/** A phone of `count` MiB, and one of a quarter of that: what the process writes where, and its peak memory. */
export const phoneStaging: Campaign = async (count, seed, { scratch }) => {
  const peaks: number[] = [];
  let holds = true;
  for (const megabytes of [Math.ceil(count / 4), count]) {
    const photos = Math.max(1, Math.round(megabytes / 2));
    const options = { seed: `staging ${seed}`, photos, photoBytes: 2 * mebi };
    await using bench = await PhoneBench.open(options, ['a', 'b'], scratch);
    const { seconds, peakMiB, written } = bench.backup({ trace: true });
    const { destinations = 0, manifests = 0, elsewhere = 0 } = written ?? {};
    say(
      `${megabytes} MiB: peak ${peakMiB} MiB, ${seconds} s under strace; written: ${shown(destinations)} to two destinations, ` +
        `${shown(manifests)} of manifests to the cache, ${shown(elsewhere)} elsewhere`,
    );
    peaks.push(peakMiB);
    holds &&= elsewhere < 64 * mebi && manifests < 64 * mebi && destinations > megabytes * mebi;
  }
  const [small = 0, large = 0] = peaks;
  say(`growth of memory ${((large / small - 1) * 100).toFixed(0)} %`);
  return holds && large < small * 1.25;
};

/** A phone of `count` files, of which twenty are touched: what travels, and what is stored of it. */
export const phoneMany: Campaign = async (count, seed, { scratch }) => {
  const options = { seed: `many ${seed}`, photos: 0, documents: count, documentBytes: 8000 };
  await using bench = await PhoneBench.open(options, ['a'], scratch);
  const first = bench.backup();
  say(`first: ${first.filesNew} files, ${first.seconds} s, peak ${first.peakMiB} MiB`);
  const { editedBytes } = await bench.edit(20);
  const before = folderBytes(join(bench.folder, 'a'));
  const second = bench.backup();
  const grown = folderBytes(join(bench.folder, 'a')) - before;
  const manifest = manifestBytes(bench.folder);
  say(
    `second: ${second.filesNew + second.filesChanged} files new or changed, ${second.seconds} s, peak ${second.peakMiB} MiB`,
  );
  say(`touched ${editedBytes} bytes; stored ${grown}; Manifest.db has ${manifest}`);
  // Besides the twenty: the three manifests and Info.plist.
  const travelled = second.filesNew + second.filesChanged;
  return travelled <= 24 && grown <= editedBytes * 1.05 + manifest + treeBytes(count);
};

/** A Manifest.db of `count` megabytes is read back to the phone: pauses on the way, memory of ours. */
export const phoneManifest: Campaign = async (count, seed, { scratch }) => {
  const rows = Math.round((count * 1_000_000) / bytesPerRow);
  const options = { seed: `manifest ${seed}`, photos: 0, documents: rows, documentBytes: 10 };
  await using bench = await PhoneBench.open(options, ['a'], scratch);
  const first = bench.backup();
  const size = manifestBytes(bench.folder);
  say(`first: ${first.filesNew} files, Manifest.db of ${shown(size)}, ${first.seconds} s, peak ${first.peakMiB} MiB`);
  await bench.edit(1);
  const second = bench.backup();
  const { longestPauseMs, largestBlock } = await bench.edit(0);
  say(
    `second: ${second.seconds} s, peak ${second.peakMiB} MiB; longest pause ${Math.round(longestPauseMs)} ms, frames of ${largestBlock} bytes`,
  );
  return longestPauseMs < 10_000 && largestBlock <= 32 * 1024;
};

/** Of a row with its blob and its places in the indexes. */
const bytesPerRow = 830;

/** Each node of a folder names its file and its content: about so much of it does not compress. */
const treeBytes = (files: number): number => 20_000 + Math.min(20, files) * (files / 256) * 120;

const manifestBytes = (folder: string): number => {
  const names = readdirSync(join(folder, 'cache'), { recursive: true, encoding: 'utf8' });
  const found = names.find((name) => name.endsWith('Manifest.db'));
  return found === undefined ? 0 : statSync(join(folder, 'cache', found)).size;
};
