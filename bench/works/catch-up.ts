import type { Bench } from './bench.ts';
import type { Filled } from './first-backup.ts';
import { works } from './names.ts';

/** A new destination that gets what is on the others, against `restic copy` into a new repository. Ends with everything of `three` judged. */
export const catchUps = async (bench: Bench, { one, three }: Filled): Promise<void> => {
  const { restic, rounds } = bench.parts;
  for (let round = 0; round < rounds; round += 1) {
    const [fresh, peer] = [`fresh-${round}`, `peer-fresh-${round}`];
    await three.create(['a', 'b', fresh, peer]);
    three.aim(['a', 'b', fresh]);
    await bench.time({ work: works.catchUp, who: 'triplicate', round }, three.command('sync', fresh));
    const copy = restic?.copy(one.repository('peer-1'), three.repository(peer));
    if (copy) await bench.time({ work: works.catchUp, who: 'restic', round }, copy);
    await bench.judge([three.repository(fresh)]);
    bench.remove(`three/${fresh}`, `three/${peer}`);
  }
  await bench.judge(['a', 'b', 'c'].map((name) => three.repository(name)));
  bench.remove('three');
};
