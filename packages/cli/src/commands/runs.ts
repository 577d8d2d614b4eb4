import { openPipelines } from '../compose/open-pipeline.ts';
import { tellEvent } from '../compose/open-session.ts';
import { exitCodes } from '../exit-codes.ts';
import { defineCommand } from '../program/command.ts';
import { parseCount } from '../program/options.ts';
import { formatRuns, runLine } from '../render/runs.ts';

interface RunsOptions {
  readonly latest: number;
}

export const command = defineCommand<RunsOptions>({
  description:
    'Lists what ran on this machine, newest first: when, for how long, and how it ended. The list is this machine’s own; the repositories ' +
    'do not hold it.',
  examples: [
    ['runs', 'the last twenty'],
    ['runs --latest 100 --json', 'more of them, for a program'],
  ],
  exits: [2],
  onlyPrints: true,
  configure: (command) => void command.option('--latest <n>', 'so many', parseCount, 20),
  async run(context, { options }) {
    const { output } = context;
    const pipelines = await openPipelines(context, (event) => tellEvent(event, context));
    const runs = pipelines
      .flatMap(({ catalog }) => catalog?.runs(options.latest) ?? [])
      .toSorted((a, b) => b.started - a.started)
      .slice(0, options.latest);
    for (const run of runs) await output.line(runLine(run));
    await output.result(formatRuns(runs, output.style));
    return exitCodes.ok;
  },
});
