import { setImmediate } from 'node:timers/promises';
import type { ByteName } from '../bytes.ts';
import type { CallOptions } from '../destination/destination.ts';
import { throwIfAborted } from '../errors.ts';
import type { Folder } from '../posix/folder.ts';
import { isFolderStat } from '../posix/stat-at.ts';

/** So many removals are made before others in the process have a turn. */
const batch = 200;

/** Removes what stands under a name with all that is in it, following no link. Gives the number of entries, which `onEach` counts along. */
export const removeTree = async (
  folder: Folder,
  name: ByteName,
  options: CallOptions & { readonly onEach: () => void },
): Promise<void> => {
  let count = 0;
  const remove = async (parent: Folder, entry: ByteName): Promise<void> => {
    throwIfAborted(options.signal);
    if (++count % batch === 0) await setImmediate();
    const stat = parent.stat(entry);
    if (stat === undefined) return;
    if (isFolderStat(stat)) {
      using inner = parent.openFolder(entry);
      for (const child of inner.names()) await remove(inner, child);
      parent.removeFolder(entry);
    } else parent.remove(entry);
    options.onEach();
  };
  await remove(folder, name);
};
