import { exitCodes } from '../exit-codes.ts';
import { addInsideOptions, type InsideFlags } from '../inside/inside-flags.ts';
import { defineCommand } from '../program/command.ts';

export interface PublishFlags extends InsideFlags {
  readonly again?: boolean;
}

export const command = defineCommand<PublishFlags>({
  description:
    'Brings the plain folders of "publish:" up to the newest snapshot of each iPhone: photos by year and album, contacts, messages and the rest, ' +
    'readable without any program. Only what changed is written, and nothing is removed that was not written by this command. Every backup does ' +
    'the same at its end.',
  examples: [
    ['publish', 'every folder of the pipeline'],
    ['publish annas-iphone', 'those of one phone'],
    ['publish --again', 'begin anew on another disk'],
  ],
  exits: [1, 2, 3, 10, 12],
  stopping: 'stopping; the next run goes on from here',
  configure: (command) =>
    void addInsideOptions(command)
      .argument('[source...]', 'names of sources; all when left out')
      .option('--again', 'publish to a folder even if it is not the one of last time'),
  async run(context, { args: [names], options }) {
    const { runPublish } = await import('../inside/run-publish.ts');
    const results = await runPublish(context, { sources: (names as string[] | undefined) ?? [], flags: options });
    const { formatPublished, isWhole, publishedLines, publishSummary } = await import('../render/publish.ts');
    const { output } = context;
    const code = results.every(isWhole) ? exitCodes.ok : exitCodes.partial;
    for (const result of results) {
      await output.report(formatPublished(result, output.style), code);
      for (const line of publishedLines(result)) await output.line(line);
    }
    await output.line(publishSummary(results));
    return code;
  },
});
