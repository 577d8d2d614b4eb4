import { triplicateVersion } from '../tools/triplicate.ts';
import type { Bench } from './bench.ts';
import { works } from './names.ts';

const times = 9;

/** How long the program takes to say its version, against Node doing nothing. More rounds than elsewhere: it is over at once. */
export const startUps = async (bench: Bench): Promise<void> => {
  const nothing = { program: process.execPath, args: ['-e', '0'] };
  for (let round = 0; round < times; round += 1) {
    await bench.time({ work: works.startUp, who: 'triplicate', round }, triplicateVersion);
    await bench.time({ work: works.startUp, who: 'node', round }, nothing);
  }
};
