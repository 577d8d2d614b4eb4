import type { Difference } from '@triplicate/core';
import type { Line } from '../json/types.ts';
import { formatBytes, formatNumber } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { pathFields, shownPath } from '../program/tree-path.ts';

const signs: Readonly<Record<Difference['change'], string>> = { added: '+', removed: '-', changed: 'M', touched: 'T' };

export interface DiffCounts {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly touched: number;
  readonly bytesAdded: number;
  readonly bytesRemoved: number;
  add(difference: Difference): void;
}

export const newDiffCounts = (): DiffCounts => {
  const counts = {
    added: 0,
    removed: 0,
    changed: 0,
    touched: 0,
    bytesAdded: 0,
    bytesRemoved: 0,
    add({ change, before, after }: Difference): void {
      counts[change] += 1;
      if (change === 'touched') return;
      counts.bytesAdded += after?.size ?? 0;
      counts.bytesRemoved += before?.size ?? 0;
    },
  };
  return counts;
};

export const formatChange = ({ path, change, before, after }: Difference, style: Style): string => {
  const paint = { added: style.good, removed: style.bad, changed: style.caution, touched: style.faint }[change];
  const slash = (after ?? before)?.type === 'dir' ? '/' : '';
  return paint(`${signs[change]} ${shownPath(path)}${slash}`);
};

export const formatDiffSummary = (counts: DiffCounts, style: Style): string => {
  const { added, removed, changed, touched, bytesAdded, bytesRemoved } = counts;
  const words = [
    [added, 'added'],
    [removed, 'removed'],
    [changed, 'changed'],
    [touched, 'with other attributes'],
  ] as const;
  const shown = words.filter(([count]) => count > 0).map(([count, word]) => `${formatNumber(count)} ${word}`);
  if (shown.length === 0) return style.faint('no difference');
  return style.faint(`${shown.join(', ')}; ${formatBytes(bytesAdded)} came, ${formatBytes(bytesRemoved)} went`);
};

export const changeLine = ({ path, change, before, after }: Difference): Line<'change'> => ({
  type: 'change',
  change,
  ...pathFields(path),
  kind: (after ?? before)?.type ?? 'file',
  ...(before?.size === undefined ? {} : { sizeBefore: before.size }),
  ...(after?.size === undefined ? {} : { sizeAfter: after.size }),
});

export const diffSummary = (
  counts: DiffCounts,
  between: { readonly before: string; readonly after: string },
): Line<'diffSummary'> => {
  const { added, removed, changed, touched, bytesAdded, bytesRemoved } = counts;
  return { type: 'summary', command: 'diff', ...between, added, removed, changed, touched, bytesAdded, bytesRemoved };
};
