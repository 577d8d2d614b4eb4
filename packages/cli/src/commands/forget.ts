import type { ForgetPlan } from '@triplicate/core';
import { exitCodes, exitCodeOfForget } from '../exit-codes.ts';
import { addPolicyOptions, policyOf, type PolicyFlags } from '../forget/policy-options.ts';
import { prunePrinted } from '../forget/prune-printed.ts';
import { withReporter } from '../progress/with-reporter.ts';
import { defineCommand } from '../program/command.ts';
import { collectText, given } from '../program/options.ts';
import { endingOfCode, recordRun } from '../runs/record-run.ts';
import {
  forgetLine,
  forgetSummary,
  forgetText,
  formatAccepted,
  formatForget,
  formatForgetPlan,
  formatLongReasons,
} from '../render/forget.ts';

interface ForgetFlags extends PolicyFlags {
  readonly dryRun?: boolean;
  readonly source?: readonly string[];
  readonly prune?: boolean;
  readonly acceptChange?: boolean;
  readonly lost?: string | true;
}

export const command = defineCommand<ForgetFlags>({
  description:
    'Takes snapshots off the destinations: those that you name, those that the rules you give do not keep, or, with neither, those that ' +
    'each destination’s own `retain` does not keep. It tells first what stays and why. The newest whole snapshot of each source stays ' +
    'unless you name it. What is forgotten by name or by rules given here stays away: no sync brings it back, and a destination that is ' +
    'out of reach is brought up when it is there again. With --lost it takes off everywhere what a destination was seen to have and has no more. The data stays until `prune`. With --accept-change alone it forgets nothing: it lets ' +
    'the next `triplicate forget`, and the daemon, take what the sudden change of a source held back.',
  examples: [
    ['forget --dry-run', 'what the configured policies would do'],
    ['forget 4f3a2b1c', 'one snapshot, from every destination, for good'],
    ['forget --lost disk', 'what somebody removed on disk on purpose goes from the others too'],
    ['forget --accept-change', 'the sudden change was right; nothing goes yet'],
    ['forget --accept-change --dry-run', 'what the configured policies would take after that'],
    ['forget --keep-daily 7 --keep-monthly 12 --source documents', 'by rules, of one source'],
  ],
  exits: [1, 2, 3, 10, 11, 12],
  exitWords: { 3: 'it failed on a destination and was done on another' },
  stopping: 'stopping; run it again to go on',
  configure: (command) => {
    command
      .argument('[snapshot...]', 'beginnings of ids, latest, latest:SOURCE, or dates')
      .option('-n, --dry-run', 'tell what would go, and change nothing')
      .option('--prune', 'then free what no snapshot needs any more, as `prune` does')
      .option('--accept-change', 'it is right how much the sources changed: the next forget may take what is held back')
      .option('--lost [destination]', 'what this destination, or any, has lost: it was removed on purpose')
      .option('--source <name>', 'by rules: only snapshots of this source (may be repeated)', collectText);
    addPolicyOptions(command);
  },
  async run(context, { args: [names], options }) {
    const { BackupError, forget } = await import('@triplicate/core');
    const { openPipeline } = await import('../compose/open-pipeline.ts');
    const { output } = context;
    const policy = policyOf(options);
    const snapshots = (names as readonly string[] | undefined) ?? [];
    if (policy === undefined && Object.keys(options).some((name) => name.startsWith('keep')))
      throw new BackupError('USAGE', 'rules that keep nothing', { hint: 'keep at least one, e.g. --keep-last 1' });
    if (options.lost !== undefined && (snapshots.length > 0 || Object.keys(options).some(isRule)))
      throw new BackupError('USAGE', '--lost goes by itself, without names and rules');
    const dryRun = options.dryRun ?? false;
    let gone: readonly string[] = [];
    const { pipeline, results, started } = await withReporter(context, async (emit) => {
      const pipeline = await openPipeline(context, emit);
      const started = pipeline.clock.now();
      const results = await forget(pipeline, {
        ...given('snapshots', snapshots.length > 0 ? snapshots : undefined),
        ...given('lost', options.lost),
        ...given('policy', policy),
        ...given('sources', options.source && new Set(options.source)),
        dryRun,
        acceptChange: options.acceptChange ?? false,
        onPlan: async (plan) => {
          ({ gone = [] } = plan);
          for (const decision of plan.decisions) await output.line(forgetLine(decision));
          if (output.options.quiet) return;
          const onlyAccepts =
            options.acceptChange === true &&
            policy === undefined &&
            snapshots.length === 0 &&
            options.lost === undefined;
          if (onlyAccepts) await output.prose(formatAccepted(plan, { dryRun }));
          if (options.lost !== undefined && isNothingLost(plan)) return await output.prose('no snapshot is lost');
          if (!onlyAccepts || plan.decisions.length > 0) await output.result(formatForgetPlan(plan, output.style));
          const why = formatLongReasons(plan);
          if (why !== undefined) await output.prose(`\n${why}`);
        },
      });
      return { pipeline, results, started };
    });
    const code = exitCodeOfForget(results);
    await output.report(formatForget(results, { dryRun }, output.style), code);
    const line = forgetSummary(results, { pipeline: pipeline.name, dryRun, gone });
    const text = forgetText(results, gone.length);
    if (!dryRun)
      recordRun(pipeline, { command: 'forget', started, ending: endingOfCode(code), text, report: line }, output);
    await output.line(line);
    if (options.prune !== true || dryRun) return code;
    const pruned = await prunePrinted(context, {});
    return code === exitCodes.ok ? pruned : code;
  },
});

const isNothingLost = ({ decisions, gone = [] }: ForgetPlan): boolean =>
  gone.length === 0 && decisions.every(({ reasons }) => reasons.includes('not lost'));

const isRule = (name: string): boolean => name.startsWith('keep') || name === 'source';
