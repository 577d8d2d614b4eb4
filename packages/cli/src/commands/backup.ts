import { InvalidArgumentError, Option } from 'commander';
import { resolve } from 'node:path';
import type { BackupReport, RunEvent, Wait } from '@triplicate/core';
import { exitCodeOfBackup, exitCodes, type ExitCode } from '../exit-codes.ts';
import { publishAfter, shortfallOf, tellPublished } from '../inside/publish-after.ts';
import type { PublishedFolderResult } from '../inside/publish-run.ts';
import type { Output } from '../output/output.ts';
import { withReporter } from '../progress/with-reporter.ts';
import { defineCommand } from '../program/command.ts';
import { collectText, given } from '../program/options.ts';
import { backupSummary, formatBackup, unreadError, unreadSources, type BackupDetails } from '../render/backup.ts';

interface BackupOptions {
  readonly dryRun?: boolean;
  readonly tag?: readonly string[];
  readonly force?: boolean;
  readonly exclude?: readonly string[];
  readonly record?: string;
  readonly wait: Wait;
}

export const command = defineCommand<BackupOptions>({
  description:
    'Reads each source once and writes it to every destination at the same time. A destination that is slow or away falls behind ' +
    'alone; the run succeeds when as many destinations as the quorum asks for have the snapshot.',
  examples: [
    ['backup', 'back up every source of the only pipeline'],
    ['backup documents --tag before-upgrade', 'one source, with a tag on its snapshot'],
    ['backup --dry-run', 'read and compare everything, and store nothing'],
    ['backup --wait quorum', 'end as soon as the quorum holds; the others catch up next time'],
  ],
  exits: [1, 2, 3, 4, 10, 11, 12],
  stopping: 'stopping; the next run goes on from here',
  configure: (command) =>
    void command
      .argument('[source...]', 'names of sources; all when left out')
      .option('-n, --dry-run', 'read and compare, and store nothing')
      .option('--tag <tag>', 'tag for the snapshots (may be repeated)', collectTag)
      .option('--force', 'read everything again, whatever the last snapshot says')
      .option(
        '--exclude <pattern>',
        'leave out what matches, besides what the configuration leaves out (may be repeated)',
        collectText,
      )
      .option(
        '--record <file>',
        'write down what is said to the phone, without anything of a person: for reports of trouble',
      )
      .addOption(
        new Option('--wait <who>', 'end when so many destinations are done')
          .choices(['none', 'quorum', 'all'])
          .default('all'),
      ),
  async run(context, { args: [names], options }) {
    const { backup, chooseSources } = await import('@triplicate/core');
    const { openRun } = await import('../compose/open-pipeline.ts');
    const { pluginLines } = await import('../compose/name-plugins.ts');
    const { aroundRun } = await import('../around/around-run.ts');
    const { lookAfter } = await import('../around/look-after.ts');
    const { PasscodeNews } = await import('../around/passcode-news.ts');
    const sources = (names as string[] | undefined) ?? [];
    const dryRun = options.dryRun ?? false;
    const started = performance.now();
    let published: readonly PublishedFolderResult[] = [];
    const { pipeline, report } = await withReporter(context, async (emit, reporter) => {
      const passcode = new PasscodeNews();
      const heard = (event: RunEvent): void => {
        emit(event);
        passcode.hear(event);
      };
      const surrounds = await openRun(context, heard, {
        ...given('exclude', options.exclude),
        ...given(
          'record',
          options.record === undefined
            ? undefined
            : { file: resolve(context.surroundings.cwd, options.record), sources },
        ),
      });
      // A name that was mistyped is no run: no hook, no news, and nothing in the list of runs.
      chooseSources(surrounds.pipeline, sources);
      for (const line of pluginLines(surrounds.setup.registry)) await context.output.line(line);
      reporter.showInOrder(surrounds.pipeline.destinations.map(({ name }) => name));
      const request = {
        ...given('sources', sources.length > 0 ? sources : undefined),
        tags: options.tag ?? [],
        force: options.force ?? false,
        dryRun,
        wait: options.wait,
      };
      if (!dryRun) passcode.begin(surrounds);
      const run = async (): Promise<BackupReport> => {
        const done = await backup(surrounds.pipeline, request);
        if (!dryRun) published = await publishAfter(surrounds, done, emit);
        return done;
      };
      try {
        const report = await (dryRun ? run() : aroundRun(surrounds, run, () => shortfallOf(published)));
        return { pipeline: surrounds.pipeline, report };
      } finally {
        await passcode.sent();
        if (!dryRun) await lookAfter(surrounds, { tell: false });
      }
    });
    const details = { pipeline, dryRun, durationMs: performance.now() - started };
    const { output, signal } = context;
    const ended = exitCodeOfBackup(report, pipeline.quorum, { waited: options.wait === 'all' });
    const code = ended === exitCodes.ok && (await shortfallOf(published)) !== undefined ? exitCodes.partial : ended;
    // What was told on Ctrl-C is all that a person needs to know then.
    if (!signal.aborted) await tellBackup(report, details, { output, code });
    await tellPublished(context, published, code);
    await output.line(backupSummary(report, details));
    return code;
  },
});

const tellBackup = async (
  report: BackupReport,
  details: BackupDetails,
  { output, code }: { readonly output: Output; readonly code: ExitCode },
): Promise<void> => {
  const text = formatBackup(report, details, output.style);
  if (text !== '') await output.report(text, code);
  if (output.json) return;
  for (const source of unreadSources(report)) {
    const error = unreadError(source);
    if (error) output.fail(error);
  }
};

const collectTag = (value: string, previous?: readonly string[]): readonly string[] => {
  if (value === '') throw new InvalidArgumentError('a tag is not empty');
  return collectText(value, previous);
};
