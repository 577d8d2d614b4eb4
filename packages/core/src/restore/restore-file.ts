import { closeSync } from 'node:fs';
import { type ByteName, type BytePath, joinBytes } from '../bytes.ts';
import type { Folder } from '../posix/folder.ts';
import type { Node } from '../repository/node.ts';
import { applyAttributes } from './attributes.ts';
import { ContentFailure, type RestoreContext } from './context.ts';
import { looksSame, makeWay } from './existing.ts';
import type { LinkSource } from './hardlinks.ts';
import { partialName } from './names.ts';
import { writeAtOnce } from './write-at-once.ts';
import { writeContent } from './write-content.ts';

/** Where one entry goes. */
export interface Place {
  /** In the snapshot, for people. */
  readonly path: BytePath;
  /** From the root of the target: the folder's path and the folder itself, which stays open meanwhile. */
  readonly folderPath: BytePath;
  readonly folder: Folder;
  readonly name: ByteName;
  /** Nothing stands there: it is known without a look. */
  readonly isFirst?: boolean;
}

/** Restores a regular file; whether its other names may be linked to it. */
export const restoreFile = async (place: Place, node: Node, context: RestoreContext): Promise<boolean> => {
  const { folder, name, path } = place;
  const { tally, overwrite, owners } = context;
  const standing = place.isFirst === true ? undefined : folder.stat(name);
  if (standing !== undefined && overwrite === 'never') {
    tally.left(path);
    return false;
  }
  if (standing !== undefined && overwrite === 'if-changed' && looksSame(standing, node)) {
    if (context.options.dryRun !== true) applyAttributes(folder.attributesOf(name), node, { path, owners, tally });
    tally.left(path);
  } else if (context.options.dryRun === true) {
    await makeWay(place, standing, context);
    tally.bytes += node.size ?? 0;
    tally.wrote(path, standing);
    return false;
  } else {
    if (standing !== undefined) await makeWay(place, standing, context);
    await writeFile(place, node, context);
    tally.wrote(path, standing);
  }
  return true;
};

/** The file as it now stands, for its other names. */
export const linkSourceOf = ({ folder, folderPath, name }: Place): LinkSource | undefined => {
  const inode = folder.stat(name)?.inode;
  return inode === undefined ? undefined : { place: joinBytes(folderPath, name), inode };
};

/** The file gets its name when it is whole and has its attributes, so that a kill leaves no half file under that name. */
const writeFile = async (place: Place, node: Node, context: RestoreContext): Promise<void> => {
  const { folder, name, path } = place;
  const { tally, owners } = context;
  const partial = partialName(name);
  try {
    const target = { path, folder, name, partial };
    const { blob } = context.content;
    const isAtOnce = blob !== undefined && context.options.verify !== true;
    const fd = isAtOnce ? writeAtOnce(target, node, context, blob) : await writeContent(target, node, context);
    try {
      applyAttributes(folder.attributesOfOpen(fd), node, { path, owners, tally });
    } finally {
      closeSync(fd);
    }
    folder.rename(partial, name);
  } catch (error) {
    const keep = context.options.keepPartial === true && (context.signal.aborted || error instanceof ContentFailure);
    if (!keep) discard(folder, partial);
    throw error;
  }
};

const discard = (folder: Folder, partial: ByteName): void => {
  try {
    folder.remove(partial);
  } catch {
    // It was never made, or the folder went away with it; the error that brought us here is the one to tell.
  }
};
