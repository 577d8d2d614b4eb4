import type { VerifyRequest } from '@triplicate/core';
import { exitCodeOfProof, exitCodes, type ExitCode } from '../exit-codes.ts';
import { formatCount } from '../output/format.ts';
import { withReporter } from '../progress/with-reporter.ts';
import type { CommandContext } from '../program/command.ts';
import { given } from '../program/options.ts';
import { formatVerify, verifySummary } from '../render/verify.ts';
import { endingOfCode, recordRun } from './record-run.ts';

const dayMs = 24 * 60 * 60_000;

/** The part of the packs that is due, read and mended, with its result and its line. USAGE when nothing says how often. */
export const verifyPrinted = async (context: CommandContext, only: VerifyRequest['only']): Promise<ExitCode> => {
  const { BackupError, verifyDue } = await import('@triplicate/core');
  const { openPipeline } = await import('../compose/open-pipeline.ts');
  const { pipeline, results, started } = await withReporter(context, async (emit) => {
    const pipeline = await openPipeline(context, emit);
    const withinMs = pipeline.promises?.verifyWithinMs;
    if (withinMs === undefined || pipeline.catalog === undefined)
      throw new BackupError('USAGE', 'nothing says how often the packs are to be read', {
        hint: 'add `verify: { within: 90d }` to the pipeline, or read them all with --read-data',
      });
    const started = pipeline.clock.now();
    const results = await verifyDue(pipeline, { ...given('only', only), withinMs, untilNextMs: dayMs });
    return { pipeline, results, started };
  });
  const code = exitCodeOfProof(results);
  const line = verifySummary(results, pipeline.name);
  const read = results.reduce((sum, { packsRead }) => sum + packsRead, 0);
  const bad = results.reduce((sum, { found }) => sum + found.length, 0);
  const left = results.reduce((sum, one) => sum + one.left.length, 0);
  const fate = left === 0 ? 'mended from the others' : `${formatCount(left, 'fault')} not mended`;
  const text = `read ${formatCount(read, 'pack')}, ${bad === 0 && left === 0 ? 'all whole' : `${bad} bad, ${fate}`}`;
  const ending = code === exitCodes.ok && bad > 0 ? 'partial' : endingOfCode(code);
  recordRun(pipeline, { command: 'verify', started, ending, text, report: line }, context.output);
  await context.output.report(formatVerify(results, context.output.style), code);
  await context.output.line(line);
  return code;
};
