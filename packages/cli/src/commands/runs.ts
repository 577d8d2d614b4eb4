import { openPipelines } from '../compose/open-pipeline.ts';
import { tellEvent } from '../compose/open-session.ts';
import { exitCodes } from '../exit-codes.ts';
import { defineCommand } from '../program/command.ts';
import { parseOneOrMore } from '../program/options.ts';
import { formatCount } from '../output/format.ts';
import { formatRuns, runLine } from '../render/runs.ts';

interface RunsOptions {
  readonly latest: number;
  readonly rebuild?: boolean;
}

export const command = defineCommand<RunsOptions>({
  description:
    'Lists what ran on this machine, newest first: when, for how long, and how it ended. The list is this machine’s own. When it is lost, ' +
    '`--rebuild` notes again each backup of which a repository has a snapshot; runs that left none, checks, restore tests, when each pack was ' +
    'read, and how the room went are lost, and begin anew.',
  examples: [
    ['runs', 'the last twenty'],
    ['runs --latest 100 --json', 'more of them, for a program'],
    ['runs --rebuild', 'learn from the repositories what ran, after the state folder was lost'],
  ],
  exits: [1, 2, 10, 12],
  onlyPrints: true,
  configure: (command) =>
    void command
      .option('--latest <n>', 'so many', parseOneOrMore, 20)
      .option('--rebuild', 'note first what the repositories know and this machine does not'),
  async run(context, { options }) {
    const { output } = context;
    const pipelines = await openPipelines(context, (event) => tellEvent(event, context));
    if (options.rebuild === true) {
      const { rebuildRuns } = await import('@triplicate/core');
      for (const pipeline of pipelines) {
        const found = await rebuildRuns(pipeline);
        output.say(`${pipeline.name}: ${formatCount(found.length, 'backup')} noted that this machine did not know`);
      }
    }
    const runs = pipelines
      .flatMap(({ catalog }) => catalog?.runs(options.latest) ?? [])
      .toSorted((a, b) => b.started - a.started)
      .slice(0, options.latest);
    for (const run of runs) await output.line(runLine(run));
    await output.result(formatRuns(runs, output.style, output.room));
    return exitCodes.ok;
  },
});
