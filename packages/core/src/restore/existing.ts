import { type ByteName, type BytePath, textFromBytes } from '../bytes.ts';
import { BackupError } from '../errors.ts';
import { systemCode } from '../posix/errno.ts';
import type { Folder } from '../posix/folder.ts';
import { posixLimits } from '../posix/limits.ts';
import { type EntryStat, isFolderStat } from '../posix/stat-at.ts';
import { typeOfStat } from '../repository/mode.ts';
import type { Node } from '../repository/node.ts';
import { nsFromTimestamp } from '../repository/timestamp.ts';
import type { RestoreContext } from './context.ts';
import { removeTree } from './remove-tree.ts';

/** Whether what stands there is the file of the node, as far as size and time tell. */
export const looksSame = (stat: EntryStat, node: Node): boolean => {
  if (typeOfStat(stat.mode) !== 'file' || stat.size !== (node.size ?? 0)) return false;
  const wanted = nsFromTimestamp(node.mtime);
  // Where times can be set to the microsecond only, that is how far they can be told apart.
  return posixLimits().length === 0 ? stat.mtimeNs === wanted : stat.mtimeNs / 1000n === wanted / 1000n;
};

/**
 * Makes way at `path`, where `standing` stands, for something that is no folder: a folder goes, if it is empty or everything foreign is to
 * go. A dry run only tells what would go.
 */
export const makeWay = async (
  { folder, name, path }: { readonly folder: Folder; readonly name: ByteName; readonly path: BytePath },
  standing: EntryStat | undefined,
  context: RestoreContext,
): Promise<void> => {
  const { signal, tally, options } = context;
  const dryRun = options.dryRun === true;
  if (standing === undefined || !isFolderStat(standing)) return;
  if (options.delete === true)
    return removeTree(folder, name, { signal, dryRun, path, onEach: (each) => tally.removed(each) });
  try {
    if (!dryRun) return folder.removeFolder(name);
    using inner = folder.openFolder(name);
    if (inner.names().length === 0) return;
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw error;
  }
  throw new BackupError(
    'ALREADY_EXISTS',
    `a folder stands where "${textFromBytes(name)}" belongs, and it is not empty`,
    {
      hint: 'Restore with --delete, or into an empty folder.',
    },
  );
};
