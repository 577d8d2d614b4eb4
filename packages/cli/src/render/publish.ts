import { isComplete, type PublishedKind } from '@triplicate/ios-backup';
import { countsOf } from './export.ts';
import type { PublishedFolderResult } from '../inside/publish-run.ts';
import { errorField } from '../json/lines.ts';
import type { Line } from '../json/types.ts';
import { formatCount, formatNumber } from '../output/format.ts';
import type { Style } from '../output/style.ts';

/** Whether everything that was asked for is in the folder. */
export const isWhole = ({ published, error }: PublishedFolderResult): boolean =>
  error === undefined &&
  (published?.kinds ?? []).every((kind) => kind.error === undefined && kind.reports.every(isComplete));

export const formatPublished = (result: PublishedFolderResult, style: Style): string => {
  const { source, target, published, error } = result;
  const name = `published ${source} to ${target}`;
  if (published === undefined) return style.bad(`not ${name}: ${error?.message ?? 'nothing was done'}`);
  const lines = published.kinds.filter(
    (kind) => kind.written + kind.unchanged + kind.removed > 0 || kind.error !== undefined,
  );
  return [
    isWhole(result) ? style.good(name) : style.caution(`${name}, in part`),
    ...lines.map((kind) => formatKind(kind, style)),
  ].join('\n');
};

const formatKind = (
  { kind, written, unchanged, removed, foreign, reports, kept, error }: PublishedKind,
  style: Style,
): string => {
  const words = [
    `${formatNumber(written)} written`,
    ...(removed > 0 ? [`${formatNumber(removed)} removed`] : []),
    `${formatNumber(unchanged)} unchanged`,
    ...(foreign > 0 ? [`${formatNumber(foreign)} of somebody else left alone`] : []),
  ];
  const unreadable = reports.reduce((sum, report) => sum + report.unreadable, 0);
  if (unreadable > 0)
    words.push(
      style.caution(
        `${formatCount(unreadable, 'part')} could not be read${reports.every(isComplete) ? '' : ', so nothing was removed'}`,
      ),
    );
  if (kept) words.push(style.caution('this snapshot has none, so what an earlier one gave stays'));
  if (error !== undefined) words.push(style.caution(error.message));
  return `  ${kind}: ${words.join(', ')}`;
};

/** One for each kind in each folder; one without a kind where the folder could not be published to at all. */
export const publishedLines = ({
  source,
  snapshot,
  target,
  published,
  error,
}: PublishedFolderResult): Line<'published'>[] => {
  const about = { type: 'published', source, snapshot, target } as const;
  if (published === undefined) return [{ ...about, ...errorField(error) }];
  return published.kinds.map(({ kind, written, unchanged, removed, foreign, reports, kept, error: own }) => ({
    ...about,
    kind,
    written,
    unchanged,
    removed,
    foreign,
    ...(kept ? { kept } : {}),
    reports: reports.map((report) => ({ kind: report.kind, ...countsOf(report) })),
    ...errorField(own),
  }));
};

export const publishSummary = (results: readonly PublishedFolderResult[]): Line<'publishSummary'> => {
  const kinds = results.flatMap(({ published }) => published?.kinds ?? []);
  const sum = (key: 'written' | 'unchanged' | 'removed' | 'foreign'): number =>
    kinds.reduce((total, kind) => total + kind[key], 0);
  return {
    type: 'summary',
    command: 'publish',
    folders: results.length,
    incomplete: results.filter((result) => !isWhole(result)).length,
    written: sum('written'),
    unchanged: sum('unchanged'),
    removed: sum('removed'),
    foreign: sum('foreign'),
  };
};
