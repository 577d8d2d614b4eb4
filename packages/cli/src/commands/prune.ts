import type { PruneRequest } from '@triplicate/core';
import { parseMaxUnused, parseSize } from '../forget/prune-limits.ts';
import { prunePrinted } from '../forget/prune-printed.ts';
import { defineCommand } from '../program/command.ts';
import { given, namesOf } from '../program/options.ts';

interface PruneFlags {
  readonly dryRun?: boolean;
  readonly maxUnused?: NonNullable<PruneRequest['maxUnused']>;
  readonly maxRepackSize?: number;
}

export const command = defineCommand<PruneFlags>({
  description:
    'Frees on each destination what none of its snapshots needs: packs in which nothing is needed go, and what is needed of wasteful ones ' +
    'moves into new packs. The plan is told first. It may be stopped at any moment and goes on from there. A destination whose listings ' +
    'lag behind (some clouds) is only marked at first, and what is marked goes with a prune a day later.',
  examples: [
    ['prune --dry-run', 'what would be freed where'],
    ['prune cloud --max-repack-size 2GiB', 'of one destination, moving no more than that'],
    ['prune --max-unused 0', 'leave nothing that is not needed'],
  ],
  exits: [1, 2, 3, 10, 11, 12],
  exitWords: { 3: 'it failed on a destination and was done on another' },
  stopping: 'stopping; the next prune goes on from here',
  configure: (command) =>
    void command
      .argument('[destination...]', 'names of destinations; all when left out')
      .option('-n, --dry-run', 'tell the plan, and change nothing')
      .option(
        '--max-unused <much>',
        'how much that is not needed may stay: a share of what is (5%, the default), a size, 0, or unlimited',
        parseMaxUnused,
      )
      .option('--max-repack-size <size>', 'most bytes of packs that are read and written anew, e.g. 2GiB', parseSize),
  async run(context, { args: [names], options }) {
    return await prunePrinted(context, {
      ...given('only', namesOf(names)),
      ...given('maxUnused', options.maxUnused),
      ...given('maxRepackBytes', options.maxRepackSize),
      dryRun: options.dryRun ?? false,
    });
  },
});
