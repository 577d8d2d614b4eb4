import { churn } from '../data/churn.ts';
import type { Bench } from './bench.ts';
import type { Filled } from './first-backup.ts';
import { works } from './names.ts';

/** Second and later runs: over the same data, and over data that has changed. Changes the data; ends with `one` judged and removed. */
export const againBackups = async (bench: Bench, { one }: Filled, data: string): Promise<void> => {
  const { restic, borg, seed, say } = bench.parts;
  const contestants = {
    triplicate: () => one.command('backup'),
    restic: () => restic?.backup(one.repository('peer-1'), data),
  };
  await bench.alternate(works.unchanged, {
    ...contestants,
    borg: (round) => borg?.create(bench.path('borg'), `unchanged-${round}`, data),
  });
  let churned = -1;
  await bench.alternate(works.churn, contestants, (round) => {
    if (churned === round) return;
    churned = round;
    const { files, bytes } = churn(data, seed, round);
    say(`changed ${bytes} bytes in ${files} files`);
  });
  await bench.judge([one.repository('a')]);
  bench.remove('one', 'borg');
};
