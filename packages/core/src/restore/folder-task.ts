import { type ByteName, type BytePath, joinBytes, textFromBytes } from '../bytes.ts';
import { BackupError } from '../errors.ts';
import type { Folder } from '../posix/folder.ts';
import { isFolderStat } from '../posix/stat-at.ts';
import type { Node } from '../repository/node.ts';
import { applyAttributes } from './attributes.ts';
import { type RestoreContext, settle } from './context.ts';

export interface FolderTaskParts {
  readonly context: RestoreContext;
  readonly parent: FolderTask | undefined;
  /** In the snapshot. */
  readonly path: BytePath;
  /** `undefined` for the root, whose attributes stay as they are. */
  readonly node: Node | undefined;
  /** Runs when everything has come to an end. */
  readonly onFinished?: () => void;
}

/**
 * A folder under restore. It is made when something first needs it, and gets its attributes when all that goes into it has come to an
 * end: the last file would change its time, and a read-only folder takes no files.
 */
export class FolderTask {
  readonly path: BytePath;
  /** In the target, from its root. */
  readonly place: BytePath;
  readonly #context: RestoreContext;
  readonly #parent: FolderTask | undefined;
  readonly #node: Node | undefined;
  readonly #onFinished: (() => void) | undefined;
  #state: 'not-made' | 'open' | 'absent' | 'failed' = 'not-made';
  #folder: Folder | undefined;
  #stood = false;
  #unfinished = 1;
  /** Runs when all that goes into the folder has ended, before its attributes are set. */
  beforeAttributes: ((folder: Folder) => Promise<void>) | undefined;

  constructor({ context, parent, path, node, onFinished }: FolderTaskParts) {
    this.#context = context;
    this.#parent = parent;
    this.#node = node;
    this.#onFinished = onFinished;
    this.path = path;
    this.place = parent && node ? joinBytes(parent.place, node.name) : ('' as BytePath);
    parent?.begin();
    if (parent === undefined) this.#hold(context.root);
  }

  /** Something goes into it; `end` follows. */
  begin(): void {
    this.#unfinished += 1;
  }

  /** Something that began has ended; the walk of the folder itself ends last but for what is still being written. */
  end(): void {
    this.#unfinished -= 1;
    if (this.#unfinished === 0) void this.#finish();
  }

  /** It was made by this restore, and until it has its attributes it is private to who restores: nothing else stands in it. */
  get isNew(): boolean {
    return this.#parent !== undefined && this.#state === 'open' && !this.#stood;
  }

  /** Opens the folder, or makes it with those above it. `absent` in a dry run; `failed` when it cannot be had, which is told once. */
  open(): 'absent' | 'failed' | Folder {
    if (this.#state === 'not-made') this.#make();
    return this.#state === 'open' && this.#folder ? this.#folder : this.#state === 'absent' ? 'absent' : 'failed';
  }

  #make(): void {
    const above = this.#parent?.open();
    if (above === undefined || above === 'failed') this.#state = 'failed';
    else if (above === 'absent') this.#state = 'absent';
    else
      try {
        this.#hold(this.#openOrMake(above, this.#node?.name ?? ('' as ByteName)));
      } catch (error) {
        this.#state = 'failed';
        settle(this.#context, this.path, error);
      }
  }

  #hold(folder: Folder | undefined): void {
    this.#folder = folder;
    this.#state = folder ? 'open' : 'absent';
  }

  #openOrMake(above: Folder, name: ByteName): Folder | undefined {
    const { overwrite, options, tally } = this.#context;
    const stat = above.stat(name);
    this.#stood = stat !== undefined;
    if (stat !== undefined && isFolderStat(stat)) return above.openFolder(name);
    if (stat !== undefined && overwrite === 'never')
      throw new BackupError(
        'ALREADY_EXISTS',
        `something else stands where the folder "${textFromBytes(name)}" belongs`,
        {
          hint: 'Restore with --overwrite always, or into an empty folder.',
        },
      );
    if (options.dryRun !== true) {
      if (stat !== undefined) above.remove(name);
      above.makeFolder(name);
    }
    if (stat !== undefined) tally.replaced(this.path);
    return options.dryRun === true ? undefined : above.openFolder(name);
  }

  async #finish(): Promise<void> {
    const folder = this.#folder;
    try {
      if (folder && !this.#context.signal.aborted) {
        await this.beforeAttributes?.(folder);
        this.#setAttributes(folder);
      }
    } catch (error) {
      settle(this.#context, this.path, error);
    } finally {
      if (this.#parent) folder?.[Symbol.dispose]();
      this.#parent?.end();
      this.#onFinished?.();
    }
  }

  #setAttributes(folder: Folder): void {
    const { options, overwrite, owners, tally } = this.#context;
    const stays = options.dryRun === true || (this.#stood && overwrite === 'never');
    if (this.#node && !stays)
      applyAttributes(folder.attributes, this.#node, { path: this.path, owners, tally, stood: this.#stood });
  }
}
