import { exitCodeOfResults } from '../exit-codes.ts';
import { withReporter } from '../progress/with-reporter.ts';
import { defineCommand } from '../program/command.ts';
import { given, namesOf } from '../program/options.ts';
import { formatSync, syncSummary } from '../render/sync.ts';

interface SyncOptions {
  readonly dryRun?: boolean;
}

export const command = defineCommand<SyncOptions>({
  description:
    'Copies what a destination lacks from the others, sealed as it is and verified on the way: snapshots of runs that it missed, or all of ' +
    'them after `init` added it. No source is read, and nothing is removed but snapshots that were forgotten while a destination was away.',
  examples: [
    ['sync', 'bring every destination up'],
    ['sync usb-disk', 'only this one, e.g. after it was plugged in'],
    ['sync --dry-run', 'tell what is missing where'],
  ],
  exits: [1, 2, 3, 10, 11, 12],
  stopping: 'stopping; the next sync goes on from here',
  configure: (command) =>
    void command
      .argument('[destination...]', 'names of destinations; all when left out')
      .option('-n, --dry-run', 'tell what would be copied, and copy nothing'),
  async run(context, { args: [names], options }) {
    const { sync } = await import('@triplicate/core');
    const { openPipeline } = await import('../compose/open-pipeline.ts');
    const dryRun = options.dryRun ?? false;
    const { pipeline, results } = await withReporter(context, async (emit) => {
      const pipeline = await openPipeline(context, emit);
      return { pipeline, results: await sync(pipeline, { ...given('to', namesOf(names)), dryRun }) };
    });
    const code = exitCodeOfResults(results);
    await context.output.report(formatSync(results, { dryRun }, context.output.style), code);
    await context.output.line(syncSummary(results, { pipeline: pipeline.name, dryRun }));
    return code;
  },
});
