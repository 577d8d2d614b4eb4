import { type BytePath, collect, type ReadOptions } from '@triplicate/core';
import { asBoolean, asDictionary, parsePlist, PlistError } from '@triplicate/plist';
import type { BackupTree } from './backup-tree.ts';
import { childPath } from './builder-tree.ts';

/** Whether the phone encrypted the backup that stands below `root`; `undefined` when none does, or it does not say so. */
export const isEncrypted = async (
  tree: BackupTree,
  root: BytePath,
  options: ReadOptions,
): Promise<boolean | undefined> => {
  const path = childPath(root, 'Manifest.plist');
  if ((await tree.node(path))?.type !== 'file') return undefined;
  try {
    return asBoolean(asDictionary(parsePlist(await collect(tree.read(path, options))))?.['IsEncrypted']);
  } catch (error) {
    if (error instanceof PlistError) return undefined;
    throw error;
  }
};

/** Why a phone has sent all of its files with another content: its encryption was switched since the backup before. */
export const whyRenewed = (name: string, before: boolean | undefined, now: boolean | undefined): string | undefined => {
  if (before === undefined || now === undefined || before === now) return undefined;
  return now ? `${name} encrypts its backup now` : `${name} does not encrypt its backup any more`;
};
