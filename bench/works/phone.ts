import { mkdirSync } from 'node:fs';
import { run } from '../tools/measure.ts';
import { BenchPhone, hasIdevicebackup2 } from '../tools/phone.ts';
import { TriplicateSetup } from '../tools/triplicate.ts';
import type { Bench } from './bench.ts';
import { works } from './names.ts';

const destinations = ['a', 'b', 'c'];

/**
 * A simulated phone, beside idevicebackup2 on the same one in the same run. It keeps a plain copy in one folder; ours chunks, compresses,
 * encrypts, and keeps every version. Ends with the repositories judged and removed.
 */
export const phoneBackups = async (bench: Bench): Promise<void> => {
  const { sizes, seed, say } = bench.parts;
  if (!hasIdevicebackup2()) return say('idevicebackup2 is not installed: phones are not measured');
  const { photos, apps } = sizes;
  const content = {
    photos: photos.files,
    photoBytes: photos.bytes,
    documents: apps.files,
    documentBytes: apps.meanBytes,
  };
  mkdirSync(bench.path('desk'), { recursive: true });
  await using phone = await BenchPhone.open(bench.path('desk'), { seed: `bench ${seed}`, ...content });
  const setup = (name: string): TriplicateSetup =>
    new TriplicateSetup(bench.path(name), { text: `{ type: device, udid: ${BenchPhone.udid} }`, env: phone.env });
  const theirs = phone.idevicebackup2(bench.path('plain'));
  await run(setup('phone-1').command('devices', 'pair'));
  await bench.alternate(
    works.phoneFirst,
    { triplicate: () => setup('phone-1').command('backup'), idevicebackup2: () => theirs },
    async (_round, who) => {
      bench.remove(who === 'triplicate' ? 'phone-1' : 'plain');
      if (who === 'triplicate') await setup('phone-1').create(['a']);
      else mkdirSync(bench.path('plain'));
    },
  );
  await bench.alternate(works.phoneThree, { triplicate: () => setup('phone-3').command('backup') }, async () => {
    bench.remove('phone-3');
    await setup('phone-3').create(destinations);
  });
  await bench.alternate(
    works.phoneAgain,
    { triplicate: () => setup('phone-1').command('backup'), idevicebackup2: () => theirs },
    async (_round, who) => {
      if (who === 'triplicate') await phone.edit(20);
    },
  );
  await bench.judge([bench.path('phone-1/a'), ...destinations.map((name) => bench.path(`phone-3/${name}`))]);
  bench.remove('phone-1', 'phone-3', 'plain', 'desk');
};
