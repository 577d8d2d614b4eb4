import { type BytePath, collect, type ReadOptions } from '@triplicate/core';
import { asBoolean, asData, asDictionary, parsePlist, PlistError } from '@triplicate/plist';
import type { BackupTree } from './backup-tree.ts';
import { childPath } from './builder-tree.ts';

/** How a phone sealed the backup that stands in a tree. */
export interface Sealing {
  readonly isEncrypted: boolean;
  /** The keys of the files, wrapped with the password; a phone keeps them as long as the password stays. */
  readonly keybag: Uint8Array | undefined;
}

/** How the phone sealed the backup below `root`; `undefined` when none stands there, or it does not say so. */
export const sealingOf = async (
  tree: BackupTree,
  root: BytePath,
  options: ReadOptions,
): Promise<Sealing | undefined> => {
  const path = childPath(root, 'Manifest.plist');
  if ((await tree.node(path))?.type !== 'file') return undefined;
  try {
    const manifest = asDictionary(parsePlist(await collect(tree.read(path, options))));
    const isEncrypted = asBoolean(manifest?.['IsEncrypted']);
    return isEncrypted === undefined ? undefined : { isEncrypted, keybag: asData(manifest?.['BackupKeyBag']) };
  } catch (error) {
    if (error instanceof PlistError) return undefined;
    throw error;
  }
};

/** Why a phone has sent all of its files with another content: its encryption, or the password, changed since the backup before. */
export const whyRenewed = (name: string, before: Sealing | undefined, now: Sealing | undefined): string | undefined => {
  if (!before || !now) return undefined;
  if (before.isEncrypted !== now.isEncrypted)
    return now.isEncrypted ? `${name} encrypts its backup now` : `${name} does not encrypt its backup any more`;
  const isSame = !before.keybag || !now.keybag || Buffer.compare(before.keybag, now.keybag) === 0;
  return isSame || !now.isEncrypted
    ? undefined
    : `${name} encrypts its backup with other keys, as after a new password`;
};
