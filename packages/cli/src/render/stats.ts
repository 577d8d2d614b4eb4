import type { ReplicaStats, SnapshotStats } from '@triplicate/core';
import type { Line } from '../json/types.ts';
import { formatBytes, formatCount, formatNumber } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { formatTable } from '../output/table.ts';

export const formatStats = (stats: SnapshotStats, replicas: readonly ReplicaStats[], style: Style): string => {
  const { snapshots, files, folders, restoreBytes, blobs } = stats;
  const table = formatTable(
    [
      { title: 'destination' },
      { title: 'snapshots', align: 'right' },
      { title: 'packs', align: 'right' },
      { title: 'size', align: 'right' },
    ],
    replicas.map((replica) => [
      replica.destination,
      formatNumber(replica.snapshots),
      formatNumber(replica.packs),
      formatBytes(replica.bytes),
    ]),
    style,
  );
  return [
    `${formatCount(snapshots, 'snapshot')}: ${formatCount(files, 'file')} in ${formatCount(folders, 'folder')}`,
    `${formatBytes(restoreBytes)} when restored, made of ${formatCount(blobs, 'distinct blob')}`,
    '',
    table,
  ].join('\n');
};

export const statsSummary = (stats: SnapshotStats, replicas: readonly ReplicaStats[]): Line<'statsSummary'> => ({
  type: 'summary',
  command: 'stats',
  ...stats,
  destinations: replicas.map((replica) => ({ ...replica })),
});
