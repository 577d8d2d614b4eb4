import { type ByteName, type BytePath, joinBytes } from '../bytes.ts';
import type { Folder } from '../posix/folder.ts';
import { isFolderStat } from '../posix/stat-at.ts';
import { type RestoreContext, settle } from './context.ts';
import { removeTree } from './remove-tree.ts';
import type { Choice } from './selection.ts';

export interface Foreign {
  readonly folder: Folder;
  /** In the snapshot. */
  readonly path: BytePath;
  /** What the snapshot has in the folder, in byte order. */
  readonly known: readonly ByteName[];
  readonly choose: (path: BytePath, isFolder: boolean) => Choice;
}

/** Removes from a restored folder what the snapshot does not have there, as far as it is of what was asked for. */
export const deleteForeign = async (
  { folder, path, known, choose }: Foreign,
  context: RestoreContext,
): Promise<void> => {
  const { tally, signal, options } = context;
  let at = 0;
  for (const name of folder.names()) {
    while ((known[at] ?? name) < name) at += 1;
    if (known[at] === name) continue;
    const place = joinBytes(path, name);
    try {
      const stat = folder.stat(name);
      if (stat === undefined || choose(place, isFolderStat(stat)) !== 'take') continue;
      const dryRun = options.dryRun === true;
      await removeTree(folder, name, { signal, dryRun, path: place, onEach: (each) => tally.removed(each) });
    } catch (error) {
      settle(context, place, error);
    }
  }
};
