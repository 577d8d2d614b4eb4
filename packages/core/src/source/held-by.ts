import type { ComparedFolder, SameWithin } from './source.ts';

/** What is the same in a compared folder and is taken with it: its files, and what those of its folders hold in which all is the same. */
export const heldBy = ({ files, bytes, folders }: Pick<ComparedFolder, 'files' | 'bytes' | 'folders'>): SameWithin => {
  const held = { folders: 0, files, bytes };
  for (const { within } of folders) {
    if (within === undefined) continue;
    held.folders += within.folders;
    held.files += within.files;
    held.bytes += within.bytes;
  }
  return held;
};
