import {
  BackupError,
  isBackupError,
  restore,
  textFromBytes,
  type EventSink,
  type RestoreProblem,
  type RestoreResult,
} from '@triplicate/core';
import { resolve } from 'node:path';
import type { RestoreFlags } from '../commands/restore.ts';
import { openPipeline, openRun } from '../compose/open-pipeline.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { refuseInside } from '../inside/inside-flags.ts';
import type { CommandContext } from '../program/command.ts';
import { formatBytes, formatCount } from '../output/format.ts';
import { given } from '../program/options.ts';
import { typedPathOf } from '../program/tree-path.ts';
import { withReporter } from '../progress/with-reporter.ts';
import { formatChange, formatLosses, formatRestore, restoreSummary, unrestoredLine } from '../render/restore.ts';
import { deviceTarget, refuseDeviceFlags } from './device-flags.ts';
import { keptPaths } from './kept-paths.ts';
import { restoreToDevice } from './to-device.ts';

export interface RestoreCall {
  readonly snapshot: string;
  readonly paths: readonly string[];
  readonly flags: RestoreFlags;
}

export const runRestore = async (context: CommandContext, call: RestoreCall): Promise<ExitCode> => {
  const { output, surroundings } = context;
  const { to } = call.flags;
  if (to === undefined || to === '')
    throw new BackupError('USAGE', 'nothing says where to', { hint: 'add --to FOLDER' });
  if (call.flags.logical === true && deviceTarget.test(to)) {
    const { restorePart } = await import('../inside/restore-part.ts');
    return restorePart(context, call);
  }
  if (call.flags.logical === true) {
    refuseDeviceFlags(call.flags);
    const { restoreLogical } = await import('../inside/restore-logical.ts');
    return restoreLogical(context, call);
  }
  if (deviceTarget.test(to)) return restoreToDevice(context, call);
  await refuseInside(call.flags);
  refuseDeviceFlags(call.flags);
  const target = resolve(surroundings.cwd, to);
  const started = performance.now();
  const report = await withReporter(context, (emit) => restoreInto(target, call, { context, emit }));
  const details = { target, flags: call.flags, durationMs: performance.now() - started };
  tellGaps(report, call, context);
  const { lost, problemCount } = report;
  const incomplete = problemCount > 0 || lost.attributes > 0 || lost.modes > 0 || matchesNothing(report, call);
  const code = incomplete ? exitCodes.partial : exitCodes.ok;
  await output.report(formatRestore(report, details, output.style), code);
  await output.line(restoreSummary(report, details));
  return code;
};

interface Work {
  readonly context: CommandContext;
  readonly emit: EventSink;
}

const restoreInto = async (
  target: string,
  { snapshot, paths, flags }: RestoreCall,
  { context, emit }: Work,
): Promise<RestoreResult> => {
  const run = context.globals.repo === undefined ? await openRun(context, emit) : undefined;
  return restore(run?.pipeline ?? (await openPipeline(context, emit)), {
    snapshot,
    to: target,
    overwrite: flags.overwrite,
    delete: flags.delete ?? false,
    keep: keptPaths(context, run?.setup),
    verify: flags.verify ?? false,
    dryRun: flags.dryRun ?? false,
    ...given('fromDestination', flags.from),
    ...given('paths', paths.length > 0 ? paths.map(typedPathOf) : undefined),
    ...given('include', flags.include),
    ...given('exclude', flags.exclude),
    onProblem: (problem) => tellProblem(problem, context),
    onChange: (change) => context.output.detail(formatChange(change, { target, flags })),
  }).catch((error: unknown) => {
    throw withWayOn(error);
  });
};

/** A disk that is full ends a restore; what stands there is whole, and need not be written again. */
const withWayOn = (error: unknown): unknown => {
  if (!isBackupError(error, 'QUOTA_EXCEEDED')) return error;
  const { code, message, context } = error;
  const { files, bytes } = context;
  if (typeof files !== 'number' || typeof bytes !== 'number') return error;
  const restored = `${formatCount(files, 'file or link', 'files and links')}, ${formatBytes(bytes)}`;
  return new BackupError(code, `${message}; ${restored} came before it`, {
    hint: 'make room there, and run it again with --overwrite if-changed to go on from here',
    context,
    cause: error,
  });
};

const matchesNothing = ({ taken }: RestoreResult, { flags }: RestoreCall): boolean =>
  taken === 0 && flags.include !== undefined;

/** What was asked for and is not there, and what this user could not restore; each once. */
const tellGaps = (report: RestoreResult, call: RestoreCall, { output }: CommandContext): void => {
  const { lost } = report;
  const patterns = call.flags.include?.map((pattern) => `"${pattern}"`).join(' or ');
  if (matchesNothing(report, call))
    output.warn(
      new BackupError('NOT_FOUND', `nothing that is asked for matches --include ${patterns ?? ''}`, {
        hint: '`triplicate ls SNAPSHOT --recursive` lists what is in it; a pattern with a slash counts from the top of the snapshot',
      }),
    );
  const losses = formatLosses(lost);
  if (losses === undefined) return;
  const isRoot = process.geteuid?.() === 0;
  const hint = isRoot
    ? 'run it as root of the whole system, and not of a container or a namespace of users, to restore them too'
    : 'run it as root to restore them too';
  output.warn(new BackupError('AUTH', `${losses} could not be restored`, { hint }));
};

const tellProblem = (problem: RestoreProblem, { output }: CommandContext): void => {
  if (output.json) void output.line(unrestoredLine(problem));
  else output.warn(named(problem));
};

/** Few errors say themselves which entry they are about. */
const named = ({ path, error }: RestoreProblem): BackupError => {
  const text = textFromBytes(path);
  if (error.message.includes(text)) return error;
  return new BackupError(error.code, `"${text}": ${error.message}`, { hint: error.hint, cause: error });
};
