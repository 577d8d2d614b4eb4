/** A phone whose destinations are all behind a network: how long it is held, and what is fetched for the next backup. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRclone } from '../servers/rclone.ts';
import { startThrottle } from '../servers/throttle.ts';
import { startWeather, type WeatherStation } from '../servers/weather.ts';
import type { Campaign } from './main.ts';
import { PhoneBench } from './phone-bench.ts';

const mebi = 1024 * 1024;
/** Slow enough that the destinations are what takes the time, and near enough that one after the other would be seen. */
const [slowSpeed, fastSpeed] = [2 * mebi, 3 * mebi];
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const shown = (bytes: number): string => `${(bytes / mebi).toFixed(1)} MiB`;

/**
 * A phone of `count` MiB to two REST servers that are paid for what is read, with 2 and 3 MiB/s: it is held no longer than
 * the slower one takes for its bytes. A second backup fetches nothing of the phone's manifests; one without the cache has to.
 */
export const phoneClouds: Campaign = async (count, seed, { scratch }) => {
  const folder = mkdtempSync(join(scratch ?? tmpdir(), 'triplicate-clouds-'));
  try {
    for (const name of ['fast', 'slow']) mkdirSync(join(folder, name));
    await using fast = await startRclone('restic', { folder: join(folder, 'fast') });
    await using slow = await startRclone('restic', { folder: join(folder, 'slow') });
    await using slowLine = await startThrottle(slow.port, slowSpeed);
    await using fastLine = await startThrottle(fast.port, fastSpeed);
    await using seenSlow = await startWeather(slowLine.port);
    await using seenFast = await startWeather(fastLine.port);
    const place = ({ port }: WeatherStation): string =>
      `{ type: rest, url: "http://127.0.0.1:${port}/phone/", egress: paid, offsite: true }`;
    // Many small files, so that Manifest.db is worth fetching or not.
    const phone = { seed: `clouds ${seed}`, photos: Math.ceil(count / 2), photoBytes: 2 * mebi, documents: 8000 };
    const destinations = { fast: place(seenFast), slow: place(seenSlow) };
    await using bench = await PhoneBench.open({ phone, destinations, place: scratch });
    const held = await holds(bench, () => slowLine.bytes());
    const fetched = async (): Promise<number> => {
      await bench.edit(20);
      const before = [seenFast.requests.length, seenSlow.requests.length];
      await bench.backup();
      const { heldMs } = await bench.edit(0);
      const gets = [seenFast, seenSlow].flatMap(({ requests }, i) =>
        requests.slice(before[i]).filter(({ method, path }) => method === 'GET' && path.includes('/data/')),
      );
      const bytes = gets.reduce((sum, request) => sum + request.bytes(), 0);
      say(`  ${gets.length} reads of packs, ${shown(bytes)}; the phone held for ${Math.round(heldMs)} ms`);
      return bytes;
    };
    const manifest = bench.manifestBytes();
    say(`second backup; Manifest.db has ${shown(manifest)}:`);
    const withCache = await fetched();
    bench.forgetCache();
    say('third backup, without what the cache folder held:');
    const without = await fetched();
    return held && withCache < manifest / 5 && without > withCache;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Whether the phone was held no longer than the slow destination took for what it was sent. */
const holds = async (bench: PhoneBench, sent: () => number): Promise<boolean> => {
  const before = sent();
  const { seconds } = await bench.backup();
  const { heldMs } = await bench.edit(0);
  const needed = ((sent() - before) * 1000) / slowSpeed;
  say(
    `first: ${shown(sent() - before)} to the slow destination take it ${Math.round(needed)} ms; ` +
      `the phone was held for ${Math.round(heldMs)} ms, the run took ${Math.round(seconds * 1000)} ms`,
  );
  return heldMs < needed + 2000;
};
