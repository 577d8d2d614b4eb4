import { setImmediate } from 'node:timers/promises';
import { type ByteName, type BytePath, joinBytes } from '../bytes.ts';
import type { CallOptions } from '../destination/destination.ts';
import { throwIfAborted } from '../errors.ts';
import type { Folder } from '../posix/folder.ts';
import { isFolderStat } from '../posix/stat-at.ts';

/** So many removals are made before others in the process have a turn. */
const batch = 200;

export interface Removal extends CallOptions {
  /** Where it stands, for people. */
  readonly path: BytePath;
  /** Goes through it all and removes nothing. */
  readonly dryRun: boolean;
  /** Each entry, what is in a folder before the folder. */
  readonly onEach: (path: BytePath) => void;
}

/** Removes what stands under a name with all that is in it, following no link. */
export const removeTree = async (folder: Folder, name: ByteName, options: Removal): Promise<void> => {
  const { dryRun, signal, onEach } = options;
  let count = 0;
  const remove = async (parent: Folder, entry: ByteName, path: BytePath): Promise<void> => {
    throwIfAborted(signal);
    if (++count % batch === 0) await setImmediate();
    const stat = parent.stat(entry);
    if (stat === undefined) return;
    if (isFolderStat(stat)) {
      using inner = parent.openFolder(entry);
      for (const child of inner.names()) await remove(inner, child, joinBytes(path, child));
      if (!dryRun) parent.removeFolder(entry);
    } else if (!dryRun) parent.remove(entry);
    onEach(path);
  };
  await remove(folder, name, options.path);
};
