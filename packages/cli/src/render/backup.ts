import {
  BackupError,
  type BackupReport,
  isQuorumHeld,
  type Outcome,
  type Pipeline,
  type SourceReport,
} from '@triplicate/core';
import { errorField, failureOf, outcomeOf } from '../json/lines.ts';
import type { Line } from '../json/types.ts';
import { asClause, shortNames } from '../output/error.ts';
import { formatBytes, formatCount, formatDuration, formatList, formatNumber, shortId } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { indent } from './indent.ts';

export interface BackupDetails {
  readonly pipeline: Pick<Pipeline, 'name' | 'quorum'>;
  readonly dryRun: boolean;
  readonly durationMs: number;
}

/** What a run did, source by source. */
export const formatBackup = (
  report: BackupReport,
  { pipeline, dryRun, durationMs }: BackupDetails,
  style: Style,
): string => {
  const unread = unreadSources(report);
  const blocks = report.sources
    .filter((source) => !unread.includes(source))
    .map((source) => formatSource(source, report.outcomes, { dryRun, style }));
  // A dry run stores nothing anywhere, and asks for nothing.
  const missed =
    dryRun || !missedByDestinations(report, pipeline)
      ? []
      : [style.bad(`the quorum was missed: ${pipeline.quorum} of the destinations should have every snapshot`)];
  if (blocks.length === 0) return '';
  const left = unread.length === 0 ? '' : ` but for ${formatList(unread.map(({ source }) => source))},`;
  const end = dryRun ? 'nothing was stored, because this was a dry run;' : `done${left}`;
  return [...blocks, ...missed, style.faint(`${end} in ${formatDuration(durationMs)}`)].join('\n');
};

/** Sources that could not be read themselves, whatever the destinations did. */
export const unreadSources = ({ sources }: BackupReport): readonly SourceReport[] =>
  sources.filter(({ error }) => error !== undefined && error.context['destination'] === undefined);

/** Why one of them was not backed up, under its name. */
export const unreadError = ({ source, error }: SourceReport): BackupError | undefined =>
  error &&
  new BackupError(error.code, `${source}: ${error.message}`, {
    hint: error.hint,
    context: error.context,
    cause: error,
  });

/** Whether destinations cost a source its quorum. One that could not be read itself says so, and nothing more is to be said of it. */
const missedByDestinations = ({ sources, outcomes }: BackupReport, { quorum }: Pick<Pipeline, 'quorum'>): boolean => {
  const read = sources.filter(({ error }) => error === undefined || error.context['destination'] !== undefined);
  return !isQuorumHeld({ quorum }, read, outcomes);
};

const formatSource = (
  report: SourceReport,
  outcomes: readonly Outcome[],
  { dryRun, style }: { readonly dryRun: boolean; readonly style: Style },
): string => {
  const { source, snapshot, captured, error } = report;
  const title =
    snapshot === undefined
      ? style.strong(source)
      : `${style.strong(source)}  snapshot ${style.code(shortId(snapshot))}`;
  if (error || !captured) {
    const why = error ? [style.bad(shortNames(error.message)), ...hintOf(error, style)] : [];
    return [title, ...indent(why)].join('\n');
  }
  const { counts, removed = 0, incomplete, renewed, unreadable } = captured;
  const changes = [
    [counts.filesNew, 'new'],
    [counts.filesChanged, 'changed'],
    [counts.filesUnmodified, 'unchanged'],
    [removed, 'removed'],
  ] as const;
  const shown = changes.filter(([count]) => count > 0).map(([count, word]) => `${formatNumber(count)} ${word}`);
  const lines = [
    `${formatCount(counts.totalFiles, 'file')}, ${formatBytes(counts.totalBytes)}${shown.length > 0 ? `: ${shown.join(', ')}` : ''}`,
    `${formatBytes(counts.dataAdded)} ${dryRun ? 'to add' : 'added'}, ${formatBytes(counts.dataAddedPacked)} as stored`,
    ...formatOutcomes(
      outcomes.filter((outcome) => outcome.source === source),
      style,
    ),
  ];
  if (unreadable.length > 0) lines.push(style.caution(`${formatCount(unreadable.length, 'file')} could not be read`));
  if (incomplete !== undefined) lines.push(style.caution(`incomplete: ${incomplete}`));
  if (renewed !== undefined) lines.push(style.faint(`everything is stored anew: ${renewed}`));
  return [title, ...indent(lines)].join('\n');
};

const formatOutcomes = (outcomes: readonly Outcome[], style: Style): string[] => {
  const stored = outcomes.filter(({ status }) => status === 'stored').map(({ destination }) => destination);
  const good = stored.length > 0 ? [style.good(`stored on ${formatList(stored)}`)] : [];
  return [
    ...good,
    ...outcomes.filter(({ status }) => status !== 'stored').flatMap((outcome) => formatOutcome(outcome, style)),
  ];
};

const formatOutcome = ({ destination, status, error, missing }: Outcome, style: Style): string[] => {
  const paint = status === 'failed' ? style.bad : style.caution;
  if (status === 'behind' && missing) {
    const what =
      missing.packs === 0 ? 'its snapshot' : `${formatCount(missing.packs, 'pack')}, ${formatBytes(missing.bytes)}`;
    // That it lacks something is no reason; that it is full is one, and a sync alone does not mend it.
    const reason = error === undefined || error.context['behind'] === true ? undefined : error;
    const sync = `run \`triplicate sync ${destination}\``;
    const first = reason?.hint;
    const hint =
      first === undefined ? sync : first.includes('triplicate sync') ? first : `${asClause(first)}; then ${sync}`;
    return [
      paint(`${destination} is behind by ${what}${reason ? `: ${shortNames(reason.message)}` : ''}`),
      ...hintOf({ hint }, style),
    ];
  }
  // Nothing that anybody has to mend.
  if (error?.code === 'READ_ONLY' && status === 'skipped') return [style.faint(`${destination} is read only`)];
  const why = error === undefined ? '' : `: ${shortNames(error.message)}`;
  return [paint(`${destination} ${statusWords[status]}${why}`), ...(error ? hintOf(error, style) : [])];
};

const statusWords: Readonly<Record<Outcome['status'], string>> = {
  stored: 'stored',
  behind: 'is behind',
  failed: 'failed',
  skipped: 'was skipped',
  locked: 'is locked',
};

const hintOf = ({ hint }: { readonly hint: string | undefined }, style: Style): string[] =>
  hint === undefined ? [] : [style.faint(`  hint: ${asClause(hint)}`)];

/** The last line of `backup --json`. */
export const backupSummary = (
  report: BackupReport,
  { pipeline, dryRun, durationMs }: BackupDetails,
): Line<'backupSummary'> => {
  const captured = report.sources.flatMap((source) => (source.captured === undefined ? [] : [source.captured]));
  const sum = (key: Exclude<keyof (typeof captured)[number]['counts'], 'unreadable'>): number =>
    captured.reduce((total, { counts }) => total + counts[key], 0);
  const isRemovedKnown = captured.every(({ removed }) => removed !== undefined);
  return {
    type: 'summary',
    command: 'backup',
    pipeline: pipeline.name,
    dry_run: dryRun,
    snapshots: report.sources.flatMap(({ source, snapshot }) =>
      snapshot === undefined ? [] : [{ source, id: snapshot }],
    ),
    outcomes: report.outcomes.map(outcomeOf),
    sources: report.sources.map(({ source, captured: own, alarm, error }) => ({
      source,
      unreadable: own?.unreadable.length ?? 0,
      ...(own?.incomplete === undefined ? {} : { incomplete: own.incomplete }),
      ...(own?.renewed === undefined ? {} : { renewed: own.renewed }),
      ...(alarm === undefined ? {} : { alarm: failureOf(alarm) }),
      ...errorField(error),
    })),
    quorum: { wanted: pipeline.quorum, held: report.quorumHeld },
    files_new: sum('filesNew'),
    files_changed: sum('filesChanged'),
    files_unmodified: sum('filesUnmodified'),
    ...(isRemovedKnown ? { files_removed: captured.reduce((total, { removed = 0 }) => total + removed, 0) } : {}),
    dirs_new: sum('dirsNew'),
    dirs_changed: sum('dirsChanged'),
    dirs_unmodified: sum('dirsUnmodified'),
    data_blobs: sum('dataBlobs'),
    tree_blobs: sum('treeBlobs'),
    data_added: sum('dataAdded'),
    data_added_packed: sum('dataAddedPacked'),
    total_files_processed: sum('totalFiles'),
    total_bytes_processed: sum('totalBytes'),
    total_duration: durationMs / 1000,
  };
};
