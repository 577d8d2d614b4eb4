import type { HealResult } from '@triplicate/core';
import { errorField } from '../json/lines.ts';
import type { Line } from '../json/types.ts';
import { formatCount, formatList } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { namedErrors } from './check.ts';
import { absentMoods, absentWords, formatResults, type ResultRow } from './results.ts';

export const formatHeal = (
  results: readonly HealResult[],
  { dryRun }: { readonly dryRun: boolean },
  style: Style,
): string =>
  formatResults(
    results.map((result) => healRow(result, dryRun)),
    style,
  );

const healRow = (result: HealResult, dryRun: boolean): ResultRow => {
  const { destination: name, status, found, left, error } = result;
  switch (status) {
    case 'whole':
      return { name, mood: 'good', text: 'whole: nothing to mend' };
    case 'healed':
      return {
        name,
        mood: 'good',
        text: `healed: ${formatCount(found.length, 'error')} mended`,
        details: mended(result),
      };
    case 'damaged': {
      const text = dryRun
        ? `damaged: ${formatCount(found.length, 'error')} found`
        : `damaged: ${formatCount(left.length, 'error')} could not be mended`;
      return { name, mood: 'bad', text, details: [...mended(result), ...namedErrors(left)], error };
    }
    case 'failed':
    case 'skipped':
    case 'locked':
      return { name, mood: absentMoods[status], text: absentWords[status], error };
  }
};

/** What a replica is opened with is its own: no other destination has it. */
const mended = ({ replaced, rebuilt, resealed }: HealResult): string[] => {
  const parts = [
    [replaced.packs, 'pack'],
    [replaced.indexes, 'index file'],
    [replaced.snapshots, 'snapshot'],
  ] as const;
  const words = parts.filter(([count]) => count > 0).map(([count, word]) => formatCount(count, word));
  const lines = words.length > 0 ? [`put back ${formatList(words)}`] : [];
  if (replaced.keys > 0) lines.push('made a key file for the password in use: none there opened with it');
  if (replaced.configs > 0) lines.push('made the config of the repository anew');
  if (rebuilt > 0) lines.push(`${formatCount(rebuilt, 'pack')} made anew out of their sound parts`);
  if (resealed > 0)
    lines.push(`${formatCount(resealed, 'error')} mended by a backup: no destination had what was missing`);
  return lines;
};

export const healSummary = (
  results: readonly HealResult[],
  { pipeline, dryRun }: { readonly pipeline: string; readonly dryRun: boolean },
): Line<'healSummary'> => ({
  type: 'summary',
  command: 'heal',
  pipeline,
  dryRun,
  destinations: results.map(({ destination, status, found, replaced, rebuilt, resealed, left, error }) => ({
    destination,
    status,
    found: found.map((one) => ({ ...one })),
    replaced: { ...replaced },
    rebuilt,
    resealed,
    left: left.map((one) => ({ ...one })),
    ...errorField(error),
  })),
});
