import type { ByteName, BytePath } from '../bytes.ts';
import { BackupError } from '../errors.ts';
import { systemCode } from '../posix/errno.ts';
import type { Folder } from '../posix/folder.ts';
import type { Node } from '../repository/node.ts';
import { applyAttributes } from './attributes.ts';
import type { RestoreContext } from './context.ts';
import { makeWay } from './existing.ts';
import type { LinkSource } from './hardlinks.ts';
import { partialName } from './names.ts';
import type { Place } from './restore-file.ts';

/** Restores a symbolic link, a fifo, a socket or a device node: made under its partial name, given its attributes, then named. */
export const restoreSpecial = async (place: Place, node: Node, context: RestoreContext): Promise<void> => {
  const { folder, name, path } = place;
  const { tally, overwrite, owners, options } = context;
  const standing = folder.stat(name);
  if (standing !== undefined && overwrite === 'never') return tally.left(path);
  await makeWay(place, standing, context);
  if (options.dryRun === true) return tally.wrote(path, standing);
  const partial = partialName(name);
  replacing(folder, partial, () => make(folder, partial, node));
  try {
    applyAttributes(folder.attributesOf(partial), node, { path, owners, tally });
    folder.rename(partial, name);
  } catch (error) {
    folder.remove(partial);
    throw error;
  }
  tally.wrote(path, standing);
};

const make = (folder: Folder, name: ByteName, node: Node): void => {
  const { type } = node;
  if (type === 'symlink') folder.makeLink(name, linkTarget(node));
  else if (type !== 'file' && type !== 'dir') folder.makeSpecial(name, { type, device: node.device ?? 0n });
};

const linkTarget = ({ linkTarget: target }: Node): BytePath => {
  if (target !== undefined && target !== '' && !target.includes('\0')) return target;
  throw new BackupError('CORRUPT', 'the symbolic link has no target');
};

/** What a killed restore left under that name goes first. */
const replacing = (folder: Folder, name: ByteName, create: () => void): void => {
  try {
    create();
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    folder.remove(name);
    create();
  }
};

/** Gives a file that stands restored one more name. False when what stands there is not that file any more. */
export const restoreHardlink = async (place: Place, source: LinkSource, context: RestoreContext): Promise<boolean> => {
  const { folder, name, path } = place;
  const { tally } = context;
  const standing = folder.stat(name);
  if (standing !== undefined && (context.overwrite === 'never' || standing.inode === source.inode)) {
    tally.left(path);
    return true;
  }
  using held = openFolderOf(source, context);
  const sourceName = source.place.slice(source.place.lastIndexOf('/') + 1) as ByteName;
  if (held?.stat(sourceName)?.inode !== source.inode) return false;
  await makeWay(place, standing, context);
  const partial = partialName(name);
  replacing(folder, partial, () => folder.makeHardlink(partial, { folder: held, name: sourceName }));
  try {
    if (folder.stat(partial)?.inode !== source.inode)
      throw new BackupError('IO', 'the file to link to was exchanged meanwhile');
    folder.rename(partial, name);
  } catch (error) {
    folder.remove(partial);
    throw error;
  }
  tally.wrote(path, standing);
  return true;
};

/** Walks from the root by handles: the folder of the first name may be closed by now, or closed to us. */
const openFolderOf = ({ place }: LinkSource, { root }: RestoreContext): Folder | undefined => {
  let folder = root?.openFolder('.' as ByteName);
  try {
    for (const name of place.split('/').slice(0, -1) as ByteName[]) {
      using outer = folder;
      folder = outer?.openFolder(name);
    }
    return folder;
  } catch {
    return undefined;
  }
};

/** Tells what `restoreHardlink` would do; there is no source where the first name would be written anew. */
export const tellHardlink = (
  place: Place,
  source: LinkSource | undefined,
  { tally, overwrite }: RestoreContext,
): void => {
  const standing = place.folder.stat(place.name);
  if (standing !== undefined && (overwrite === 'never' || standing.inode === source?.inode)) tally.left(place.path);
  else tally.wrote(place.path, standing);
};
