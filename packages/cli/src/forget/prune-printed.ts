import type { PruneRequest } from '@triplicate/core';
import { exitCodeOfForget, exitCodes, type ExitCode } from '../exit-codes.ts';
import { withReporter } from '../progress/with-reporter.ts';
import type { CommandContext } from '../program/command.ts';
import { formatPrune, formatPrunePlan, pruneSummary } from '../render/prune.ts';

/** A prune with its plan, its result and its line. */
export const prunePrinted = async (
  context: CommandContext,
  { dryRun = false, ...wishes }: Partial<Omit<PruneRequest, 'onPlan'>>,
): Promise<ExitCode> => {
  const { prune } = await import('@triplicate/core');
  const { openPipeline } = await import('../compose/open-pipeline.ts');
  const { output } = context;
  const { pipeline, results } = await withReporter(context, async (emit) => {
    const pipeline = await openPipeline(context, emit);
    const onPlan = (plan: Parameters<typeof formatPrunePlan>[0]): Promise<void> =>
      output.report(formatPrunePlan(plan, output.style), exitCodes.ok);
    return { pipeline, results: await prune(pipeline, { ...wishes, dryRun, onPlan }) };
  });
  const code = exitCodeOfForget(results);
  await output.report(formatPrune(results, { dryRun }, output.style), code);
  await output.line(pruneSummary(results, { pipeline: pipeline.name, dryRun }));
  return code;
};
