import { exitCodeOfOutcomes } from '../exit-codes.ts';
import { defineCommand } from '../program/command.ts';
import { formatCount } from '../output/format.ts';
import { errorField } from '../json/lines.ts';
import { formatResults } from '../render/results.ts';
import { openQuietPipeline } from '../compose/open-session.ts';

interface UnlockFlags {
  readonly removeAll?: boolean;
}

export const command = defineCommand<UnlockFlags>({
  description:
    'Removes the locks of programs that are gone: those that were not refreshed for half an hour, and those of this machine whose process ' +
    'does not run any more.',
  examples: [
    ['unlock', 'remove what was left behind'],
    ['unlock --remove-all', 'remove every lock; only when you know that nothing else is running'],
  ],
  exits: [1, 2, 3, 10, 12],
  exitWords: { 3: 'it failed on a destination and was done on another' },
  configure: (command) => void command.option('--remove-all', 'also locks of programs that may still run'),
  async run(context, { options }) {
    const { unlock } = await import('@triplicate/core');
    const { output } = context;
    const pipeline = await openQuietPipeline(context);
    const results = await unlock(pipeline, { all: options.removeAll ?? false });
    const rows = results.map(({ destination: name, removed, error }) =>
      error
        ? { name, mood: 'bad' as const, text: 'failed', error }
        : { name, mood: 'good' as const, text: removedText(removed) },
    );
    const code = exitCodeOfOutcomes(results);
    await output.report(formatResults(rows, output.style), code);
    await output.line({
      type: 'summary',
      command: 'unlock',
      pipeline: pipeline.name,
      destinations: results.map(({ destination, removed, error }) => ({ destination, removed, ...errorField(error) })),
    });
    return code;
  },
});

const removedText = (removed: number): string =>
  removed === 0 ? 'no lock to remove' : `${formatCount(removed, 'lock')} removed`;
