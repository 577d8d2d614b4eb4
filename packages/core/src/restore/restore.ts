import { resolve } from 'node:path';
import { type ByteName, type BytePath, bytesFromText, joinBytes, textFromBytes } from '../bytes.ts';
import { BackupError, throwIfAborted } from '../errors.ts';
import type { Folder } from '../posix/folder.ts';
import { openFolder } from '../posix/open-folder.ts';
import type { Node } from '../repository/node.ts';
import type { SnapshotReader } from '../source/source.ts';
import { contentOf } from './content.ts';
import { type RestoreContext, settle } from './context.ts';
import { ForeignEntries } from './delete-foreign.ts';
import { restoreEntry } from './restore-entry.ts';
import { FileBatches } from './file-batches.ts';
import { FolderTask } from './folder-task.ts';
import { Hardlinks } from './hardlinks.ts';
import { Jobs } from './jobs.ts';
import { createDistinct, type Distinct, ignoresCase } from './case.ts';
import { isFolder, makeRoot, unmakeRoot } from './make-root.ts';
import { checkName } from './names.ts';
import type { RestoreOptions, RestoreReport } from './options.ts';
import { type Choice, createSelection } from './selection.ts';
import { Tally } from './tally.ts';

/** Each holds one blob and one open file. */
const defaultConcurrency = 8;

/** Every level of a tree keeps a folder open. No path of 4096 bytes is deeper. */
const deepest = 2048;

/**
 * Restores a snapshot, or a part of it, into the folder `root`, which is made when it is not there, unless none of `paths` is in the
 * snapshot or nothing matches `include`. Nothing outside of it is touched, whatever the snapshot says and whatever links stand in it. What cannot be restored is a problem in the report; ABORTED, QUOTA_EXCEEDED
 * and READ_ONLY end it. Begun again with `overwrite: if-changed` it goes on where it was.
 */
export const restoreToFolder = async (
  reader: SnapshotReader,
  root: string,
  options: RestoreOptions,
): Promise<RestoreReport> => {
  const lacking = await pathsLacking(reader, options.paths ?? []);
  const nothing = lacking.length > 0 && lacking.length === options.paths?.length;
  const made = options.dryRun === true || nothing ? [] : makeRoot(resolve(root));
  using folder = openRoot(root);
  const stop = new AbortController();
  let ended: Ended | undefined;
  const tally = new Tally(options);
  const context: RestoreContext = {
    options,
    overwrite: options.overwrite ?? 'always',
    owners: options.owners ?? 'auto',
    content: options.content ?? contentOf(reader),
    tally,
    hardlinks: new Hardlinks(),
    root: folder,
    foldsCase: options.dryRun !== true && folder !== undefined && ignoresCase(folder),
    signal: AbortSignal.any([options.signal, stop.signal]),
    stop: (error, path) => {
      ended ??= { error, path };
      stop.abort(error);
    },
  };
  for (const path of lacking) tally.problem(path, notInSnapshot(path, reader));
  try {
    await new TreeRestore(reader, context, root).run();
  } catch (error) {
    if (!ended) throw error;
  } finally {
    if (options.include !== undefined && tally.taken === 0) unmakeRoot(made);
  }
  throwIfAborted(options.signal);
  if (ended) throw endedBy(ended, { root, tally });
  return tally.report();
};

/** What ended a restore, and the entry that it was at. */
interface Ended {
  readonly error: BackupError;
  readonly path: BytePath;
}

/** Says where it was, and in its context how much stands restored. */
const endedBy = (
  { error, path }: Ended,
  { root, tally: { files, bytes } }: { readonly root: string; readonly tally: Tally },
): BackupError => {
  const entry = `"${textFromBytes(path)}"`;
  const why = error.message.startsWith(`${entry}: `) ? error.message.slice(entry.length + 2) : error.message;
  return new BackupError(error.code, `cannot write ${entry} to ${resolve(root)}: ${why}`, {
    hint: error.hint,
    context: { ...error.context, files, bytes },
    cause: error,
  });
};

const pathsLacking = async (reader: SnapshotReader, paths: readonly BytePath[]): Promise<BytePath[]> => {
  const lacking: BytePath[] = [];
  for (const path of paths) if ((await reader.node(path)) === undefined) lacking.push(path);
  return lacking;
};

const notInSnapshot = (path: BytePath, { id }: SnapshotReader): BackupError =>
  new BackupError('NOT_FOUND', `no "${textFromBytes(path)}" in snapshot ${id.slice(0, 8)}`, {
    hint: 'a path counts from the top of the snapshot, as `triplicate find NAME` shows it',
  });

/** `undefined` when nothing stands there. */
const openRoot = (root: string): Folder | undefined => {
  const path = resolve(root);
  return isFolder(path) ? openFolder(bytesFromText(path)) : undefined;
};

/** Walks the snapshot in the order of its trees. */
class TreeRestore {
  readonly #reader: SnapshotReader;
  readonly #context: RestoreContext;
  readonly #jobs: Jobs;
  readonly #choose: (path: BytePath, isFolder: boolean) => Choice;
  readonly #foreign: ForeignEntries;
  readonly #batches: FileBatches | undefined;

  constructor(reader: SnapshotReader, context: RestoreContext, root: string) {
    this.#reader = reader;
    this.#context = context;
    this.#jobs = new Jobs(context.options.concurrency ?? defaultConcurrency);
    this.#choose = createSelection(context.options);
    this.#foreign = new ForeignEntries(context, resolve(root), this.#choose);
    const { threads, dryRun } = context.options;
    if (threads && dryRun !== true)
      this.#batches = new FileBatches(context, threads, (file) => this.#alone({ ...file, claim: undefined }));
  }

  async run(): Promise<void> {
    const context = this.#context;
    const path = context.options.from ?? ('' as BytePath);
    const done = Promise.withResolvers<void>();
    const root = new FolderTask({ context, parent: undefined, path, node: undefined, onFinished: done.resolve });
    try {
      await this.#walk(root, 0);
    } finally {
      await this.#batches?.flush();
      await done.promise;
    }
  }

  async #walk(task: FolderTask, depth: number): Promise<void> {
    const { options, signal } = this.#context;
    const known: ByteName[] = [];
    const distinct = createDistinct(this.#context.foldsCase);
    try {
      for await (const nodes of this.#pieces(task.path))
        for (const node of nodes) {
          if (signal.aborted) return;
          if (options.delete === true) known.push(node.name);
          const visited = this.#visit(task, node, { depth, distinct });
          if (visited !== undefined) await visited;
        }
      // Only a folder that was listed to its end is known well enough to remove anything from it.
      if (options.delete === true && this.#foreign.covers(task.path))
        task.beforeAttributes = (folder) => this.#foreign.remove(task, { folder, known });
    } catch (error) {
      // Without the first folder there is nothing to restore.
      if (depth === 0) throw error;
      settle(this.#context, task.path, error);
    } finally {
      task.end();
    }
  }

  async *#pieces(path: BytePath): AsyncIterable<readonly Node[]> {
    const reader = this.#reader;
    if (reader.listed) yield await reader.listed(path);
    else for await (const node of reader.list(path)) yield [node];
  }

  /** Most files only have to be taken note of, which leaves nothing to wait for. */
  #visit(
    task: FolderTask,
    node: Node,
    at: { readonly depth: number; readonly distinct: Distinct },
  ): Promise<void> | undefined {
    const path = joinBytes(task.path, node.name);
    const isFolder = node.type === 'dir';
    try {
      checkName(node.name);
      const choice = this.#choose(path, isFolder);
      if (choice === 'skip') return undefined;
      if (choice === 'take') this.#context.tally.taken += 1;
      at.distinct(node.name);
      const visited = isFolder
        ? this.#folder(task, node, { path, depth: at.depth + 1, choice })
        : this.#entry(task, node, path);
      return visited?.catch((error: unknown) => settle(this.#context, path, error));
    } catch (error) {
      settle(this.#context, path, error);
      return undefined;
    }
  }

  async #folder(
    parent: FolderTask,
    node: Node,
    { path, depth, choice }: { readonly path: BytePath; readonly depth: number; readonly choice: Choice },
  ): Promise<void> {
    if (depth > deepest) throw new BackupError('UNSUPPORTED', `the tree is deeper than ${deepest} folders`);
    const task = new FolderTask({ context: this.#context, parent, path, node });
    if (choice === 'take' && task.open() === 'failed') task.end();
    else await this.#walk(task, depth);
  }

  #entry(task: FolderTask, node: Node, path: BytePath): Promise<void> | undefined {
    const folder = task.open();
    if (folder === 'failed') return undefined;
    // In the order of the tree, so that the first name of a file is the one that is written.
    const claim = this.#context.hardlinks.claim(node);
    task.begin();
    const isPlain = node.type === 'file' && claim === undefined && folder !== 'absent';
    const taken = isPlain ? this.#batches?.take({ task, folder, node, path }) : undefined;
    return taken === true ? undefined : this.#unlessTaken(taken, { task, folder, node, path, claim });
  }

  async #unlessTaken(taken: Promise<true> | false | undefined, entry: OneEntry): Promise<void> {
    if (taken === undefined || (await taken) === false) await this.#jobs.start(() => this.#alone(entry));
  }

  /** Restores one entry on this thread. */
  async #alone({ task, folder, node, path, claim }: OneEntry): Promise<void> {
    const context = this.#context;
    try {
      const place = folder === 'absent' ? undefined : { path, folderPath: task.place, folder, name: node.name };
      await restoreEntry(place, { node, path, claim }, context);
    } catch (error) {
      settle(context, path, error);
    } finally {
      if (node.type === 'file') context.tally.passed(path);
      task.end();
    }
  }
}

interface OneEntry {
  readonly task: FolderTask;
  readonly folder: Folder | 'absent';
  readonly node: Node;
  readonly path: BytePath;
  readonly claim: ReturnType<Hardlinks['claim']>;
}
