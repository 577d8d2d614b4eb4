import type { SyncResult } from '@triplicate/core';
import { errorField, failureOf } from '../json/lines.ts';
import type { Line } from '../json/types.ts';
import { formatBytes, formatCount, formatList, shortId } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { absentMoods, absentWords, formatResults, type ResultRow } from './results.ts';

export const formatSync = (
  results: readonly SyncResult[],
  { dryRun }: { readonly dryRun: boolean },
  style: Style,
): string =>
  formatResults(
    results.map((result) => syncRow(result, dryRun)),
    style,
  );

const syncRow = (
  { destination: name, status, snapshots, packs, bytes, forgotten, incomplete, error }: SyncResult,
  dryRun: boolean,
): ResultRow => {
  if (status !== 'synced') return { name, mood: absentMoods[status], text: absentWords[status], error };
  const amount = `${formatCount(snapshots, 'snapshot')}, ${formatCount(packs, 'pack')}, ${formatBytes(bytes)}`;
  const details = [
    ...(forgotten > 0
      ? [
          `${formatCount(forgotten, 'snapshot')} went that ${forgotten === 1 ? 'was' : 'were'} forgotten while it was away`,
        ]
      : []),
    ...incomplete.map((one) => `snapshot ${shortId(one.id)} cannot be brought: ${one.error.message}`),
  ];
  if (snapshots === 0)
    return { name, mood: incomplete.length > 0 ? 'caution' : 'good', text: 'nothing to bring', details };
  return {
    name,
    mood: incomplete.length > 0 || dryRun ? 'caution' : 'good',
    text: `${dryRun ? 'lacks' : 'got'} ${amount}`,
    details,
  };
};

/** In a sentence: what came to whom, and who got nothing. */
export const syncText = (results: readonly SyncResult[]): string => {
  const brought = results.filter(({ snapshots }) => snapshots > 0);
  const got = brought.map(({ destination, snapshots }) => `${formatCount(snapshots, 'snapshot')} to ${destination}`);
  const down = results.filter(({ status }) => status === 'failed' || status === 'locked');
  const words = [
    got.length > 0 ? `brought ${formatList(got)}` : 'nothing to bring',
    ...down.map(({ destination, status, error }) => `${destination} ${status}${error ? `: ${error.message}` : ''}`),
  ];
  return words.join('; ');
};

export const syncSummary = (
  results: readonly SyncResult[],
  { pipeline, dryRun }: { readonly pipeline: string; readonly dryRun: boolean },
): Line<'syncSummary'> => ({
  type: 'summary',
  command: 'sync',
  pipeline,
  dryRun,
  destinations: results.map(({ incomplete, error, ...counts }) => ({
    ...counts,
    incomplete: incomplete.map((one) => ({ id: one.id, error: failureOf(one.error) })),
    ...errorField(error),
  })),
});
