import type { Bench } from './bench.ts';
import { works } from './names.ts';

/** Many tiny files: what a file costs. The first backup is done once, since it takes long; ends with it judged and removed. */
export const wideBackups = async (bench: Bench, data: string): Promise<void> => {
  const { restic } = bench.parts;
  const wide = bench.setup('wide', data);
  await wide.create(['a', 'peer']);
  wide.aim(['a']);
  const ours = wide.command('backup');
  const theirs = restic?.backup(wide.repository('peer'), data);
  await bench.time({ work: works.wideFirst, who: 'triplicate', round: 0 }, ours);
  if (theirs) await bench.time({ work: works.wideFirst, who: 'restic', round: 0 }, theirs);
  await bench.alternate(works.wideUnchanged, { triplicate: () => ours, restic: () => theirs });
  await bench.judge([wide.repository('a')]);
  bench.remove('wide');
};
