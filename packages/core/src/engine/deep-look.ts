import { joinBytes } from '../bytes.ts';
import { decodeTree, encodeTree } from '../repository/tree.ts';
import type { BlobTable } from './blob-table.ts';
import type { HeldTrees } from './held-trees.ts';
import { passingIdWords } from './ids.ts';
import type { FolderLook } from './look-at-folder.ts';
import type { SameWithin } from '../source/source.ts';
import type { FolderToLookAt, LookedChild, LookedFolder } from './messages.ts';

/** So many entries are looked at for one message: some twenty milliseconds, after which who asked goes on, or ends. */
export const entriesAtOnce = 4096;

/** A larger list is opened once more by who needs it: many may wait for the walk. */
export const mostListBytes = 32 * 1024;

export interface DeepLookParts {
  readonly look: FolderLook;
  readonly trees: Pick<HeldTrees, 'json'>;
  readonly table: Pick<BlobTable, 'neededBy'>;
}

/** Looks at folders and, where their trees are at hand, at the folders in them: of those that are the same as a whole it only counts what they hold. */
export class DeepLook {
  readonly #parts: DeepLookParts;
  #left = entriesAtOnce;

  constructor(parts: DeepLookParts) {
    this.#parts = parts;
  }

  /** Each of the folders, and as much of what is in them as `entriesAtOnce` allows. */
  all(folders: readonly FolderToLookAt[]): (LookedFolder | undefined)[] {
    this.#left = entriesAtOnce;
    return folders.map((folder) => (this.#parts.look.isLeftAlone(folder) ? undefined : this.#at(folder)));
  }

  /** `withList`: its list is told as well, where something has changed in it or in its folders; it is gone when the next one is opened. */
  #at(folder: FolderToLookAt, withList = false): LookedFolder | undefined {
    const looked = this.#parts.look.at(folder);
    if (looked === undefined) return undefined;
    this.#left -= 1 + looked.files + (looked.parts?.length ?? 0);
    const mayBeAnother = looked.parts !== undefined || looked.folders.length > 0;
    const isTold = withList && mayBeAnother && folder.tree.byteLength <= mostListBytes;
    const json = isTold ? folder.tree.slice() : undefined;
    const { isWritten, ...found } = looked;
    const folders = looked.folders.map((child) => this.#child(folder, child));
    if (looked.parts) return { ...found, ...(json && { json }), folders };
    if (folders.every(isSameWithin)) return { ...found, folders };
    // What was opened meanwhile may stand where the list was.
    const list = withList ? json : folder.tree;
    const isKnown = isWritten === true || (list !== undefined && isWrittenThroughout(list));
    return { ...found, ...(isKnown && { isWritten: true, ...(json && { json }) }), folders };
  }

  #child({ path, localPath }: FolderToLookAt, child: LookedChild): LookedChild {
    const { name, tree } = child;
    const json = this.#left > 0 ? this.#parts.trees.json(tree) : undefined;
    if (json === undefined) return child;
    const inner = { path: joinBytes(path, name), localPath: joinBytes(localPath, name), tree: json };
    const looked = this.#at(inner, true);
    const within = looked && this.#within(looked, tree);
    return { ...child, inside: within ? { same: within } : { looked } };
  }

  /** What the folder holds, when nothing in it is another and every replica has its list, or gets it. */
  #within({ files, bytes, folders, parts }: LookedFolder, tree: string): SameWithin | undefined {
    if (parts || this.#parts.table.neededBy(passingIdWords(tree), true) !== 0) return undefined;
    const all = { folders: 1, files, bytes };
    for (const { inside } of folders) {
      if (inside === undefined || !('same' in inside)) return undefined;
      all.folders += inside.same.folders;
      all.files += inside.same.files;
      all.bytes += inside.same.bytes;
    }
    return all;
  }
}

const isSameWithin = ({ inside }: LookedChild): boolean => inside !== undefined && 'same' in inside;

/** Whether each byte of a list is as we would write it, also those around its nodes. */
const isWrittenThroughout = (tree: Uint8Array): boolean => {
  try {
    return encodeTree(decodeTree(tree)).equals(tree);
  } catch {
    return false;
  }
};
