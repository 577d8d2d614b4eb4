import { bodyOf, bytesFromText, type BytePath, type CallOptions, collect, type SnapshotReader } from '@triplicate/core';
import { matchesGlob } from 'node:path/posix';
import type { BackupTree } from './backup-tree.ts';
import { childPath } from './builder-tree.ts';
import { treeRoot } from './device-path.ts';

/** In the folder of a backup from which something was left out: what. No phone makes a file of that name. */
export const leftOutName = 'LeftOut.json';

/** Why such a snapshot is not whole. */
export const notRestorable = 'not restorable to a device';

/** Whether a file is left out, by its path as the phone names it. A pattern matches at any depth. */
export const isLeftOutBy = (patterns: readonly string[]): ((devicePath: string) => boolean) => {
  const anywhere = patterns.map((pattern) => (pattern.startsWith('/') ? pattern : `**/${pattern}`));
  return (devicePath) => {
    const path = devicePath.startsWith('/') ? devicePath : `/${devicePath}`;
    return anywhere.some((pattern) => matchesGlob(path, pattern) || matchesGlob(path, `${pattern}/**`));
  };
};

/**
 * Makes the tree fit for a backup that leaves out what `patterns` match. A phone sends only what changed since the last backup: where that
 * one left out something else, it must not see it, and sends everything. Resolves to whether that is so.
 */
export const prepareLeavingOut = async (
  tree: BackupTree,
  { udid, patterns }: { readonly udid: string; readonly patterns: readonly string[] },
  options: CallOptions,
): Promise<boolean> => {
  const root = treeRoot(udid);
  const place = childPath(root, leftOutName);
  const wanted = patterns.length === 0 ? '' : JSON.stringify(patterns.toSorted());
  const known = (await tree.node(place))?.type === 'file' ? (await collect(tree.read(place, options))).toString() : '';
  if (known === wanted) return false;
  const isOther = (await tree.node(root)) !== undefined;
  await tree.remove(root);
  if (wanted !== '') await tree.put(place, bodyOf(Buffer.from(wanted)).open(), options);
  return isOther;
};

/** Whether something was left out of the backup that a snapshot holds. */
export const isLeftOut = async (snapshot: SnapshotReader, udid: string): Promise<boolean> =>
  (await snapshot.node(`${treeRoot(udid)}/${bytesFromText(leftOutName)}` as BytePath)) !== undefined;
