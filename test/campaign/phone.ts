/** What a phone costs: no copy on this computer, no memory that grows with it, and only what changed in a second backup. */
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
    const phone = { seed: `staging ${seed}`, photos, photoBytes: 2 * mebi };
    await using bench = await PhoneBench.open({ phone, destinations: ['a', 'b'], place: scratch });
    const { seconds, peakMiB, written } = await bench.backup({ trace: true });
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

/** A phone of `count` files, of which twenty are touched: what travels, and what is stored of it; plain, and encrypted by the phone. */
export const phoneMany: Campaign = async (count, seed, { scratch }) => {
  let holds = true;
  for (const encrypted of [false, true]) {
    const phone = { seed: `many ${seed}`, photos: 0, documents: count, documentBytes: 8000 };
    await using bench = await PhoneBench.open({ phone, destinations: ['a'], place: scratch, encrypted });
    const first = await bench.backup();
    const kind = encrypted ? 'encrypted' : 'plain';
    say(`${kind}, first: ${first.filesNew} files, ${first.seconds} s, peak ${first.peakMiB} MiB`);
    const { editedBytes } = await bench.edit(20);
    const before = folderBytes(join(bench.folder, 'a'));
    const second = await bench.backup();
    const grown = folderBytes(join(bench.folder, 'a')) - before;
    const manifest = bench.manifestBytes();
    // Besides the twenty: the three manifests and Info.plist.
    const travelled = second.filesNew + second.filesChanged;
    say(`${kind}, second: ${travelled} files new or changed, ${second.seconds} s, peak ${second.peakMiB} MiB`);
    say(`touched ${editedBytes} bytes; stored ${grown}; Manifest.db has ${manifest}`);
    holds &&= travelled <= 24 && grown <= (editedBytes + manifest + treeBytes(count)) * 1.05;
  }
  return holds;
};

/**
 * A Manifest.db of `count` megabytes is read back to the phone: pauses on the way, memory of ours. Its rows are of links, so that nothing
 * else of the phone has to travel first. In the third backup it comes from the repository, as it does without a cache.
 */
export const phoneManifest: Campaign = async (count, seed, { scratch }) => {
  const rows = Math.round((count * 1_000_000) / bytesPerRow);
  const phone = { seed: `manifest ${seed}`, photos: 0, documents: 20, links: rows };
  await using bench = await PhoneBench.open({ phone, destinations: ['a'], place: scratch });
  const first = await bench.backup();
  const size = bench.manifestBytes();
  say(`first: Manifest.db of ${shown(size)}, ${rows} rows, ${first.seconds} s, peak ${first.peakMiB} MiB`);
  let holds = size > count * 900_000;
  for (const name of ['second', 'without the cache']) {
    if (name !== 'second') bench.forgetCache();
    await bench.edit(1);
    const next = await bench.backup();
    const { longestPauseMs, largestBlock } = await bench.edit(0);
    say(
      `${name}: ${next.seconds} s, peak ${next.peakMiB} MiB; longest pause ${Math.round(longestPauseMs)} ms, ` +
        `frames of ${largestBlock} bytes`,
    );
    holds &&= longestPauseMs < 10_000 && largestBlock <= 32 * 1024 && next.peakMiB < first.peakMiB + 200;
  }
  return holds;
};

/** Of a row with its blob and its places in the indexes. */
const bytesPerRow = 1200;

/** Each node of a folder names its file and its content: about so much of it does not compress. */
const treeBytes = (files: number): number => 20_000 + Math.min(20, files) * (files / 256) * 120;
