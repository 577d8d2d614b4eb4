import type { PruneRequest } from '@triplicate/core';
import { exitCodeOfForget, exitCodes, type ExitCode } from '../exit-codes.ts';
import { withReporter } from '../progress/with-reporter.ts';
import type { CommandContext } from '../program/command.ts';
import { endingOfCode, recordRun } from '../runs/record-run.ts';
import { formatPrune, formatPrunePlan, pruneSummary, pruneText } from '../render/prune.ts';

/** A prune with its plan, its result and its line. */
export const prunePrinted = async (
  context: CommandContext,
  { dryRun = false, ...wishes }: Partial<Omit<PruneRequest, 'onPlan'>>,
): Promise<ExitCode> => {
  const { prune } = await import('@triplicate/core');
  const { openPipeline } = await import('../compose/open-pipeline.ts');
  const { output } = context;
  const { pipeline, results, started } = await withReporter(context, async (emit) => {
    const pipeline = await openPipeline(context, emit);
    const onPlan = (plan: Parameters<typeof formatPrunePlan>[0]): Promise<void> =>
      output.report(formatPrunePlan(plan, output.style), exitCodes.ok);
    const started = pipeline.clock.now();
    return { pipeline, started, results: await prune(pipeline, { ...wishes, dryRun, onPlan }) };
  });
  const code = exitCodeOfForget(results);
  const line = pruneSummary(results, { pipeline: pipeline.name, dryRun });
  const text = pruneText(results);
  if (!dryRun)
    recordRun(pipeline, { command: 'prune', started, ending: endingOfCode(code), text, report: line }, output);
  await output.report(formatPrune(results, { dryRun }, output.style), code);
  await output.line(line);
  return code;
};
