import type { PrunePlan, PruneResult } from '@triplicate/core';
import { errorField } from '../json/lines.ts';
import type { Line } from '../json/types.ts';
import { formatBytes, formatCount } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { formatResults, type ResultRow } from './results.ts';

export const formatPrunePlan = (plan: PrunePlan, style: Style): string => {
  const { destination, snapshots, usedBytes, remove, repack, freedBytes, unusedLeft } = plan;
  const needed = `${formatCount(snapshots, 'snapshot')} ${snapshots === 1 ? 'needs' : 'need'} ${formatBytes(usedBytes)}`;
  const left = `not needed and left: ${formatBytes(unusedLeft)}`;
  const isIdle = remove.packs === 0 && repack.packs === 0 && freedBytes === 0;
  if (isIdle) return [style.strong(destination), `  ${needed}; ${left}`].join('\n');
  const lines = [
    needed,
    `not needed at all: ${formatCount(remove.packs, 'pack')}, ${formatBytes(remove.bytes)}`,
    `packed anew: ${formatCount(repack.packs, 'pack')}, ${formatBytes(repack.bytes)}`,
    `freed: ${formatBytes(freedBytes)}; ${left}`,
  ];
  return [style.strong(destination), ...lines.map((line) => `  ${line}`)].join('\n');
};

export const formatPrune = (
  results: readonly PruneResult[],
  { dryRun }: { readonly dryRun: boolean },
  style: Style,
): string =>
  formatResults(
    results.map((result) => pruneRow(result, dryRun)),
    style,
  );

/** In a sentence: what went, what goes a day later, and nothing of what a prune that failed would have freed. */
export const pruneText = (results: readonly PruneResult[]): string => {
  const sum = (of: PruneResult['status']): number =>
    results.reduce((all, { status, plan }) => all + (status === of ? (plan?.freedBytes ?? 0) : 0), 0);
  const marked = sum('marked');
  return `freed ${formatBytes(sum('pruned'))}${marked > 0 ? `, marked ${formatBytes(marked)} for a day later` : ''}`;
};

const pruneRow = ({ destination: name, status, plan, error }: PruneResult, dryRun: boolean): ResultRow => {
  const freed = formatBytes(plan?.freedBytes ?? 0);
  switch (status) {
    case 'pruned':
      if (plan?.freedBytes === 0) return { name, mood: 'good', text: 'nothing to free' };
      return { name, mood: dryRun ? 'caution' : 'good', text: dryRun ? `would free ${freed}` : `freed ${freed}` };
    case 'marked':
      return {
        name,
        mood: 'caution',
        text: `${dryRun ? 'would mark' : 'marked'} ${freed}; it goes with a prune a day later`,
      };
    case 'failed':
    case 'skipped':
    case 'locked':
      return { name, mood: status === 'failed' ? 'bad' : 'caution', text: status, error };
  }
};

export const pruneSummary = (
  results: readonly PruneResult[],
  { pipeline, dryRun }: { readonly pipeline: string; readonly dryRun: boolean },
): Line<'pruneSummary'> => ({
  type: 'summary',
  command: 'prune',
  pipeline,
  dryRun,
  destinations: results.map(({ destination, status, plan, error }) => ({
    destination,
    status,
    ...(plan ? { plan: planOf(plan) } : {}),
    ...errorField(error),
  })),
});

const planOf = ({ snapshots, usedBytes, remove, repack, freedBytes, unusedLeft, waits }: PrunePlan) => ({
  snapshots,
  usedBytes,
  freedBytes,
  unusedLeft,
  waits,
  remove: { ...remove },
  repack: { ...repack },
});
