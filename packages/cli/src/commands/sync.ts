import { exitCodeOfResults } from '../exit-codes.ts';
import { withReporter } from '../progress/with-reporter.ts';
import { defineCommand } from '../program/command.ts';
import { given, namesOf } from '../program/options.ts';
import { endingOfCode, recordRun } from '../runs/record-run.ts';
import { formatSync, syncSummary, syncText } from '../render/sync.ts';

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
    const { pipeline, results, started } = await withReporter(context, async (emit) => {
      const pipeline = await openPipeline(context, emit);
      const started = pipeline.clock.now();
      return { pipeline, started, results: await sync(pipeline, { ...given('to', namesOf(names)), dryRun }) };
    });
    const code = exitCodeOfResults(results);
    const line = syncSummary(results, { pipeline: pipeline.name, dryRun });
    const ending = endingOfCode(code);
    if (!dryRun)
      recordRun(pipeline, { command: 'sync', started, ending, text: syncText(results), report: line }, context.output);
    await context.output.report(formatSync(results, { dryRun }, context.output.style), code);
    await context.output.line(line);
    return code;
  },
});
