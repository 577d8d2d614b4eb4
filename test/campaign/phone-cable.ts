/** A phone behind a cable of 40 MB/s, beside idevicebackup2 on the same one. */
import type { Campaign } from './main.ts';
import { PhoneBench } from './phone-bench.ts';

const mebi = 1024 * 1024;
/** What Lightning and USB 2.0 carry. */
const cableSpeed = 40_000_000;
const rounds = 3;
const most = 1.02;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** A phone of `count` MiB, TLS on, in turns: the medians of our wall and of idevicebackup2's. */
export const phoneCable: Campaign = async (count, seed, { scratch }) => {
  const photos = Math.max(1, Math.round(count / 2));
  const phone = { seed: `cable ${seed}`, photos, photoBytes: 2 * mebi, documents: 2000, cableSpeed };
  await using bench = await PhoneBench.open({ phone, destinations: ['a'], place: scratch, built: true });
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    if (round > 0) await bench.renew();
    ours.push((await bench.backup()).seconds);
    theirs.push(await bench.idevicebackup2());
    say(`round ${round + 1}: ${ours.at(-1)} s, idevicebackup2 ${theirs.at(-1)} s`);
  }
  const ratio = median(ours) / median(theirs);
  say(`medians ${median(ours)} s and ${median(theirs)} s: ${ratio.toFixed(3)} times idevicebackup2's`);
  return ratio <= most;
};

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
