/** What a folder holds, entry by entry, in everything that a backup keeps. */
import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { type BytePath, readXattrs, typeOfStat } from '@triplicate/core';

export interface EntryRecord {
  readonly kind: string | undefined;
  readonly mode: bigint;
  readonly mtimeNs: bigint;
  readonly owner: string;
  /** Of a file: its length and the hash of its bytes. */
  readonly content?: string;
  /** Of a symbolic link, as bytes. */
  readonly target?: string;
  /** Of a file with several names in this folder: the first of them. */
  readonly twin?: string;
  readonly device?: bigint;
  /** By name, the values in hexadecimal; `undefined` when there are none. */
  readonly xattrs?: string;
}

/** By path below `root`, with slashes and bytes as latin1; the folder itself is ''. */
export type TreeRecord = ReadonlyMap<string, EntryRecord>;

const buffer = Buffer.alloc(1024 * 1024);

export const recordTree = (root: string): TreeRecord => {
  const base = Buffer.from(root).toString('latin1');
  const records = new Map<string, EntryRecord>();
  const hashes = new Map<string, { readonly first: string; readonly content: string }>();
  const visit = (path: string): void => {
    const full = path === '' ? base : `${base}/${path}`;
    const stats = lstatSync(raw(full), { bigint: true });
    const seen = stats.isFile() && stats.nlink > 1n ? hashes.get(`${stats.dev} ${stats.ino}`) : undefined;
    const content = stats.isFile() ? (seen?.content ?? `${stats.size} ${hashOf(full)}`) : undefined;
    if (stats.isFile() && stats.nlink > 1n && !seen && content !== undefined)
      hashes.set(`${stats.dev} ${stats.ino}`, { first: path, content });
    records.set(path, {
      ...common(full, stats),
      ...(content === undefined ? {} : { content }),
      ...(seen ? { twin: seen.first } : {}),
    });
    if (!stats.isDirectory()) return;
    for (const name of readdirSync(raw(full), { encoding: 'latin1' }).toSorted())
      visit(path === '' ? name : `${path}/${name}`);
  };
  visit('');
  return records;
};

const raw = (path: string): Buffer => Buffer.from(path, 'latin1');

const common = (path: string, stats: BigIntStats): EntryRecord => {
  const xattrs = xattrsOf(path);
  return {
    kind: typeOfStat(Number(stats.mode)),
    mode: stats.mode,
    mtimeNs: stats.mtimeNs,
    owner: `${stats.uid}:${stats.gid}`,
    ...(stats.isSymbolicLink() ? { target: readlinkSync(raw(path), 'latin1') } : {}),
    ...(stats.isBlockDevice() || stats.isCharacterDevice() ? { device: stats.rdev } : {}),
    ...(xattrs === '' ? {} : { xattrs }),
  };
};

const xattrsOf = (path: string): string => {
  try {
    const found = [...(readXattrs(path as BytePath) ?? [])].map(
      ([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`,
    );
    return found.toSorted().join(' ');
  } catch {
    // A file system without any.
    return '';
  }
};

/** Read piece by piece: it may be longer than a buffer can be. */
const hashOf = (path: string): string => {
  const file = openSync(raw(path), 'r');
  try {
    const sum = createHash('sha256');
    for (;;) {
      const got = readSync(file, buffer);
      if (got === 0) return sum.digest('hex');
      sum.update(buffer.subarray(0, got));
    }
  } finally {
    closeSync(file);
  }
};

/** A line for everything that differs, e.g. `mode: a/b 100644 100600`. */
export const compareRecords = (a: TreeRecord, b: TreeRecord): string[] => {
  const found: string[] = [];
  for (const [path, one] of a) {
    const other = b.get(path);
    if (!other) {
      found.push(`only in the first: ${path}`);
      continue;
    }
    if (one.mode !== other.mode) found.push(`mode: ${path} ${one.mode.toString(8)} ${other.mode.toString(8)}`);
    if (one.mtimeNs !== other.mtimeNs) found.push(`time: ${path} ${one.mtimeNs} ${other.mtimeNs}`);
    for (const [what, name] of compared)
      if (one[name] !== other[name]) found.push(`${what}: ${path} ${one[name]} ${other[name]}`);
  }
  for (const path of b.keys()) if (!a.has(path)) found.push(`only in the second: ${path}`);
  return found;
};

const compared = [
  ['owner', 'owner'],
  ['content', 'content'],
  ['link', 'target'],
  ['hard link', 'twin'],
  ['device', 'device'],
  ['attributes', 'xattrs'],
] as const satisfies readonly (readonly [string, keyof EntryRecord])[];

/** How many entries there are of each kind, and what is special about them. */
export const countsOf = (tree: TreeRecord): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  const add = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1);
  for (const [path, { kind, twin, xattrs }] of tree) {
    add(kind ?? 'unknown');
    if (twin !== undefined) add('further names of a file');
    if (xattrs !== undefined) add('with extended attributes');
    if (!isUtf8(path)) add('names that are not UTF-8');
  }
  return counts;
};

const isUtf8 = (path: string): boolean => Buffer.from(raw(path).toString('utf8'), 'utf8').equals(raw(path));
