import type { ListedSnapshot, Session } from '@triplicate/core';
import type { Line } from '../json/types.ts';
import { formatBytes, formatCount, formatTimestamp, shortId } from '../output/format.ts';
import { formatTable } from '../output/table.ts';
import type { Style } from '../output/style.ts';

type Replicas = Pick<Session, 'replicas' | 'absent'>;

/** Names of the destinations that have a snapshot, in the order of the configuration. */
export const holdersOf = ({ mask }: ListedSnapshot, { replicas }: Replicas): string[] =>
  replicas.filter((replica) => (replica.mask & mask) !== 0).map(({ name }) => name);

export const snapshotLine = (snapshot: ListedSnapshot, session: Replicas): Line<'snapshot'> => {
  const { id, file, source } = snapshot;
  const { summary, parent } = file;
  return {
    type: 'snapshot',
    id,
    time: file.time,
    source: source ?? null,
    host: file.hostname ?? null,
    paths: [...file.paths],
    tags: [...(file.tags ?? [])],
    destinations: holdersOf(snapshot, session),
    ...(parent === undefined ? {} : { parent }),
    ...(summary === undefined
      ? {}
      : { files: summary.totalFilesProcessed, bytes: summary.totalBytesProcessed, added: summary.dataAdded }),
  };
};

/** Tags that say something besides the source. */
const ownTags = ({ file }: ListedSnapshot): string =>
  (file.tags ?? []).filter((tag) => !tag.startsWith('source:')).join(', ');

export const formatSnapshots = (snapshots: readonly ListedSnapshot[], session: Replicas, style: Style): string => {
  const missing = absentNotes(session, style);
  if (snapshots.length === 0) return ['no snapshots', ...missing].join('\n');
  const all = session.replicas.length;
  const rows = snapshots.map((snapshot) => {
    const holders = holdersOf(snapshot, session);
    const places = holders.length === all && all > 1 && session.absent.length === 0 ? `all ${all}` : holders.join(', ');
    const bytes = snapshot.file.summary?.totalBytesProcessed;
    return [
      shortId(snapshot.id),
      formatTimestamp(snapshot.file.time),
      snapshot.source ?? `${snapshot.file.hostname ?? ''}:${snapshot.file.paths.join(', ')}`,
      bytes === undefined ? '' : formatBytes(bytes),
      places,
      ownTags(snapshot),
    ];
  });
  const columns = [
    { title: 'id' },
    { title: 'time' },
    { title: 'source' },
    { title: 'size', align: 'right' as const },
    { title: 'on' },
    { title: 'tags' },
  ];
  const used = columns.filter((_, i) => rows.some((row) => row[i] !== ''));
  const cells = rows.map((row) => row.filter((_, i) => rows.some((other) => other[i] !== '')));
  const count = style.faint(formatCount(snapshots.length, 'snapshot'));
  return [formatTable(used, cells, style), count, ...missing].join('\n');
};

/** Who may have more than what is shown. */
const absentNotes = ({ absent }: Replicas, style: Style): string[] => {
  const away = absent.filter(({ status }) => status === 'skipped').map(({ name }) => name);
  const failed = absent.filter(({ status }) => status !== 'skipped').map(({ name }) => name);
  return [
    ...(away.length > 0 ? [style.caution(`not asked: ${away.join(', ')}`)] : []),
    ...(failed.length > 0 ? [style.bad(`failed: ${failed.join(', ')}`)] : []),
  ];
};
