import { isId } from '../bytes.ts';
import { corrupt } from './corrupt.ts';
import { goJson } from './go-json.ts';
import type { Timestamp } from './node.ts';
import { isTimestamp } from './timestamp.ts';

/** A snapshot as it is stored; its id is that of the stored object. */
export interface SnapshotFile {
  readonly time: Timestamp;
  /** Id of the snapshot that this one was compared with. */
  readonly parent?: string;
  /** Id of the root tree. */
  readonly tree: string;
  readonly paths: readonly string[];
  readonly hostname?: string;
  readonly username?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly excludes?: readonly string[];
  readonly tags?: readonly string[];
  /** Id of the snapshot that this one was made from by rewriting it. */
  readonly original?: string;
  readonly programVersion?: string;
  readonly summary?: SnapshotSummary;
}

/** What the run found and stored; restic shows it from 0.17 on. Sizes in bytes. */
export interface SnapshotSummary {
  readonly backupStart: Timestamp;
  readonly backupEnd: Timestamp;
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly filesUnmodified: number;
  readonly dirsNew: number;
  readonly dirsChanged: number;
  readonly dirsUnmodified: number;
  readonly dataBlobs: number;
  readonly treeBlobs: number;
  /** Before compression. */
  readonly dataAdded: number;
  /** As stored. */
  readonly dataAddedPacked: number;
  readonly totalFilesProcessed: number;
  readonly totalBytesProcessed: number;
  /** Of the changed files, those that lost what they held. Ours alone: restic passes over it. */
  readonly filesEmptied?: number;
}

/** The JSON of a snapshot with the fields in restic's order, zero values left out. */
export const encodeSnapshot = (snapshot: SnapshotFile): Buffer =>
  goJson({
    time: snapshot.time,
    parent: snapshot.parent,
    tree: snapshot.tree,
    paths: snapshot.paths,
    hostname: snapshot.hostname || undefined,
    username: snapshot.username || undefined,
    uid: snapshot.uid || undefined,
    gid: snapshot.gid || undefined,
    excludes: nonEmpty(snapshot.excludes),
    tags: nonEmpty(snapshot.tags),
    original: snapshot.original,
    program_version: snapshot.programVersion || undefined,
    summary: snapshot.summary && summaryJson(snapshot.summary),
  });

const nonEmpty = (list: readonly string[] | undefined): readonly string[] | undefined =>
  list?.length ? list : undefined;

const counters = {
  filesNew: 'files_new',
  filesChanged: 'files_changed',
  filesUnmodified: 'files_unmodified',
  dirsNew: 'dirs_new',
  dirsChanged: 'dirs_changed',
  dirsUnmodified: 'dirs_unmodified',
  dataBlobs: 'data_blobs',
  treeBlobs: 'tree_blobs',
  dataAdded: 'data_added',
  dataAddedPacked: 'data_added_packed',
  totalFilesProcessed: 'total_files_processed',
  totalBytesProcessed: 'total_bytes_processed',
} as const;
type Counter = keyof typeof counters;

const summaryJson = (summary: SnapshotSummary): Record<string, unknown> => ({
  backup_start: summary.backupStart,
  backup_end: summary.backupEnd,
  ...Object.fromEntries(Object.entries(counters).map(([ours, theirs]) => [theirs, summary[ours as Counter]])),
  files_emptied: summary.filesEmptied || undefined,
});

/** CORRUPT unless it names a tree and everything in it has the kind of value that it must have. Unknown fields are passed over. */
export const decodeSnapshot = (json: Uint8Array): SnapshotFile => {
  const raw = parse(json);
  const summary = raw['summary'];
  return {
    time: timeOf(raw, 'time'),
    tree: idOf(raw, 'tree'),
    paths: stringsOf(raw, 'paths') ?? [],
    ...optional('parent', isSet(raw['parent']) ? idOf(raw, 'parent') : undefined),
    ...optional('hostname', stringOf(raw, 'hostname')),
    ...optional('username', stringOf(raw, 'username')),
    ...optional('uid', isSet(raw['uid']) ? countOf(raw, 'uid') : undefined),
    ...optional('gid', isSet(raw['gid']) ? countOf(raw, 'gid') : undefined),
    ...optional('excludes', stringsOf(raw, 'excludes')),
    ...optional('tags', stringsOf(raw, 'tags')),
    ...optional('original', isSet(raw['original']) ? idOf(raw, 'original') : undefined),
    ...optional('programVersion', stringOf(raw, 'program_version')),
    ...optional('summary', isSet(summary) ? summaryOf(summary) : undefined),
  };
};

type Raw = Readonly<Record<string, unknown>>;

const optional = <Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } =>
  (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };

const parse = (json: Uint8Array): Raw => {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString('utf8'));
  } catch (cause) {
    throw corrupt('the snapshot is not JSON', { cause });
  }
  return objectOf(value);
};

const objectOf = (value: unknown): Raw => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw corrupt('the snapshot is not a JSON object');
  return value as Raw;
};

const isSet = (value: unknown): boolean => value !== undefined && value !== null;

const stringOf = (raw: Raw, field: string): string | undefined => {
  const value = raw[field];
  if (!isSet(value)) return undefined;
  if (typeof value !== 'string') throw corrupt(`"${field}" of the snapshot is not a text`);
  return value;
};

const stringsOf = (raw: Raw, field: string): string[] | undefined => {
  const value = raw[field];
  if (!isSet(value)) return undefined;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw corrupt(`"${field}" of the snapshot is not a list of texts`);
  }
  return value;
};

const idOf = (raw: Raw, field: string): string => {
  const id = stringOf(raw, field);
  if (id === undefined || !isId(id)) throw corrupt(`"${field}" of the snapshot is not an id`);
  return id;
};

const timeOf = (raw: Raw, field: string): Timestamp => {
  const time = stringOf(raw, field);
  if (time === undefined || !isTimestamp(time)) throw corrupt(`"${field}" of the snapshot is not a time`);
  return time;
};

const countOf = (raw: Raw, field: string): number => {
  const value = raw[field] ?? 0;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw corrupt(`"${field}" of the snapshot is not a count`);
  return value;
};

const summaryOf = (value: unknown): SnapshotSummary => {
  const raw = objectOf(value);
  const counts = Object.fromEntries(Object.entries(counters).map(([ours, theirs]) => [ours, countOf(raw, theirs)]));
  return {
    backupStart: timeOf(raw, 'backup_start'),
    backupEnd: timeOf(raw, 'backup_end'),
    ...(counts as Record<Counter, number>),
    ...optional('filesEmptied', countOf(raw, 'files_emptied') || undefined),
  };
};
