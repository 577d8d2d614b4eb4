import { exitCodeOfResults } from '../exit-codes.ts';
import { withReporter } from '../progress/with-reporter.ts';
import { defineCommand } from '../program/command.ts';
import { given, namesOf } from '../program/options.ts';
import { formatHeal, healSummary } from '../render/heal.ts';

interface HealFlags {
  readonly dryRun?: boolean;
}

export const command = defineCommand<HealFlags>({
  description:
    'Reads everything on each destination, and mends what is damaged or missing from the others. It replaces an object only by bytes whose ' +
    'hash is its name. What no destination has any more is read from the sources again, by a backup; what is left is said.',
  examples: [
    ['heal', 'mend every destination'],
    ['heal usb-disk', 'only this one'],
    ['heal --dry-run', 'look for damage and change nothing'],
  ],
  exits: [1, 2, 3, 10, 11, 12],
  exitWords: {
    1: 'failed, or there is damage left',
    3: 'a destination could not be looked at while another could',
  },
  configure: (command) =>
    void command
      .argument('[destination...]', 'names of destinations; all when left out')
      .option('-n, --dry-run', 'look for damage, and change nothing'),
  async run(context, { args: [names], options }) {
    const { heal } = await import('@triplicate/core');
    const { openPipeline } = await import('../compose/open-pipeline.ts');
    const dryRun = options.dryRun ?? false;
    const { pipeline, results } = await withReporter(context, async (emit) => {
      const pipeline = await openPipeline(context, emit);
      return { pipeline, results: await heal(pipeline, { ...given('only', namesOf(names)), dryRun }) };
    });
    const code = exitCodeOfResults(results);
    await context.output.report(formatHeal(results, { dryRun }, context.output.style), code);
    await context.output.line(healSummary(results, { pipeline: pipeline.name, dryRun }));
    return code;
  },
});
