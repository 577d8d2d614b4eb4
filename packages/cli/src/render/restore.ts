import type { RestoreChange, RestoreLosses, RestoreProblem, RestoreResult } from '@triplicate/core';
import type { RestoreFlags } from '../commands/restore.ts';
import type { Line } from '../json/types.ts';
import { formatBytes, formatCount, formatDuration, formatList, formatTimestamp, shortId } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { pathFields, shownPath } from '../program/tree-path.ts';

export interface RestoreDetails {
  readonly target: string;
  readonly flags: Pick<RestoreFlags, 'dryRun' | 'verify'>;
  readonly durationMs: number;
}

export const formatRestore = (
  report: RestoreResult,
  { target, flags, durationMs }: RestoreDetails,
  style: Style,
): string => {
  const { snapshot, files, bytes, skipped, deleted, overwritten, problemCount, taken } = report;
  const head = `snapshot ${style.code(shortId(snapshot.id))} of ${formatTimestamp(snapshot.file.time)}`;
  // Why has been told, and there may be no target.
  if (taken === 0)
    return [head, style.caution(`nothing ${flags.dryRun === true ? 'would be' : 'was'} restored`)].join('\n');
  const done = flags.dryRun === true ? 'would restore' : 'restored';
  const what = `${done} ${formatCount(files, 'file or link', 'files and links')}, ${formatBytes(bytes)} to ${target}`;
  const lines = [head, problemCount > 0 ? style.caution(what) : style.good(what)];
  if (flags.verify === true && flags.dryRun !== true)
    lines.push(style.good('every file was read back after it was written'));
  if (overwritten > 0) lines.push(replaced(overwritten, flags));
  if (skipped > 0) lines.push(stayed(skipped));
  const removed = flags.dryRun === true ? 'would be removed' : 'removed';
  if (deleted > 0) lines.push(`${formatCount(deleted, 'entry', 'entries')} ${removed} that the snapshot does not have`);
  if (problemCount > 0) lines.push(style.bad(`${formatCount(problemCount, 'entry', 'entries')} could not be restored`));
  return [...lines, style.faint(`done in ${formatDuration(durationMs)}`)].join('\n');
};

/** What was not touched, because it was there. */
export const stayed = (files: number): string =>
  `${formatCount(files, 'file')} stayed as ${files === 1 ? 'it was' : 'they were'}`;

const replaced = (count: number, { dryRun }: RestoreDetails['flags']): string => {
  const were = dryRun === true ? 'would be' : count === 1 ? 'was' : 'were';
  return `${formatCount(count, 'file or link', 'files and links')} that stood there ${were} overwritten`;
};

/** One entry that is removed or overwritten, or would be, by its place in the target. */
export const formatChange = (
  { change, path }: RestoreChange,
  { target, flags: { dryRun } }: Pick<RestoreDetails, 'target' | 'flags'>,
): string => {
  const doing = { removed: 'would remove', overwritten: 'would overwrite' } as const;
  return `${dryRun === true ? doing[change] : change} ${target.replace(/[\\/]$/, '')}${shownPath(path)}`;
};

/** `owners of 31 entries and 2 extended attributes`; `undefined` when nothing was lost. */
export const formatLosses = ({ owners, attributes, modes }: RestoreLosses): string | undefined => {
  const parts = [
    ...(owners > 0 ? [`owners of ${formatCount(owners, 'entry', 'entries')}`] : []),
    ...(modes > 0 ? [`setuid or setgid bits of ${formatCount(modes, 'file')}`] : []),
    ...(attributes > 0 ? [formatCount(attributes, 'extended attribute')] : []),
  ];
  return parts.length === 0 ? undefined : formatList(parts);
};

export const unrestoredLine = ({ path, error }: RestoreProblem): Line<'unrestored'> => ({
  type: 'unrestored',
  ...pathFields(path),
  code: error.code,
  message: error.message,
});

export const restoreSummary = (
  report: RestoreResult,
  { target, flags, durationMs }: RestoreDetails,
): Line<'restoreSummary'> => ({
  type: 'summary',
  command: 'restore',
  snapshot: report.snapshot.id,
  target,
  dryRun: flags.dryRun ?? false,
  verified: flags.verify ?? false,
  files: report.files,
  bytes: report.bytes,
  skipped: report.skipped,
  deleted: report.deleted,
  overwritten: report.overwritten,
  lost: { ...report.lost },
  problems: report.problemCount,
  seconds: durationMs / 1000,
});
