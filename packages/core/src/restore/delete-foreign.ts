import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ByteName, type BytePath, bytesFromText, joinBytes, textFromBytes } from '../bytes.ts';
import { BackupError } from '../errors.ts';
import type { Folder } from '../posix/folder.ts';
import { isFolderStat } from '../posix/stat-at.ts';
import { type RestoreContext, settle } from './context.ts';
import type { FolderTask } from './folder-task.ts';
import { removeTree } from './remove-tree.ts';
import type { Choice } from './selection.ts';

export interface Foreign {
  readonly folder: Folder;
  /** What the snapshot has in the folder, in byte order. */
  readonly known: readonly ByteName[];
}

/** Removes from restored folders what the snapshot does not have there. */
export class ForeignEntries {
  readonly #context: RestoreContext;
  readonly #choose: (path: BytePath, isFolder: boolean) => Choice;
  readonly #covered: readonly BytePath[] | undefined;
  /** Below the root of the target. */
  readonly #keep: readonly BytePath[];

  constructor(context: RestoreContext, root: string, choose: (path: BytePath, isFolder: boolean) => Choice) {
    const { covered, keep = [] } = context.options;
    this.#context = context;
    this.#choose = choose;
    this.#covered = covered;
    const top = bytesFromText(realOf(root));
    const prefix = top.endsWith('/') ? top : `${top}/`;
    this.#keep = keep
      .map((path) => bytesFromText(realOf(path)))
      .filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(prefix.length) as BytePath);
  }

  /** Whether what stands in this folder was backed up as a whole: not so where it only leads to what was. */
  covers(path: BytePath): boolean {
    return this.#covered?.some((covered) => isIn(path, covered)) ?? true;
  }

  async remove({ path, place }: Pick<FolderTask, 'path' | 'place'>, { folder, known }: Foreign): Promise<void> {
    const { tally, signal, options } = this.#context;
    let at = 0;
    for (const name of folder.names()) {
      while ((known[at] ?? name) < name) at += 1;
      if (known[at] === name) continue;
      const foreign = joinBytes(path, name);
      try {
        const stat = folder.stat(name);
        if (stat === undefined || this.#choose(foreign, isFolderStat(stat)) !== 'take') continue;
        this.#refuseKept(joinBytes(place, name));
        const dryRun = options.dryRun === true;
        await removeTree(folder, name, { signal, dryRun, path: foreign, onEach: (each) => tally.removed(each) });
      } catch (error) {
        settle(this.#context, foreign, error);
      }
    }
  }

  #refuseKept(place: BytePath): void {
    const kept = this.#keep.find((path) => isIn(path, place));
    if (kept === undefined) return;
    throw new BackupError(
      'UNSUPPORTED',
      `"${textFromBytes(place)}" is not removed: it holds a copy, or what triplicate needs`,
      {
        hint: 'remove it by hand if it is meant',
        context: { kept: textFromBytes(kept) },
      },
    );
  }
}

const isIn = (path: BytePath, folder: BytePath): boolean =>
  folder === '' || path === folder || path.startsWith(`${folder}/`);

const realOf = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
};
