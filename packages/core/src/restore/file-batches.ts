import type { BytePath } from '../bytes.ts';
import type { Folder } from '../posix/folder.ts';
import type { Node } from '../repository/node.ts';
import type { RestoreContext } from './context.ts';
import { backupError, type BatchFile, type BatchReport, type FileThreads } from './file-batch.ts';
import type { FolderTask } from './folder-task.ts';
import { Jobs } from './jobs.ts';
import { partialName } from './names.ts';
import { worthwhile } from './reuse.ts';

/** When a batch is full. Each file keeps its folder open until then. */
const [batchBytes, batchFiles] = [4 * 1024 * 1024, 256];

/** A file that stands alone under its name, and where it goes. */
export interface TakenFile {
  readonly task: FolderTask;
  readonly folder: Folder;
  readonly node: Node;
  readonly path: BytePath;
}

type Located = NonNullable<ReturnType<FileThreads['locate']>>;

interface Waiting {
  readonly taken: TakenFile;
  readonly file: BatchFile;
  readonly located: Located;
}

/** Gathers files of a restore for threads, which get many of them at a time. */
export class FileBatches {
  readonly #context: RestoreContext;
  readonly #threads: FileThreads;
  readonly #alone: (file: TakenFile) => Promise<void>;
  readonly #jobs: Jobs;
  #waiting: Waiting[] = [];
  #bytes = 0;

  /** `alone` restores a file on this thread, from wherever its content is whole, and ends it in its folder's task. */
  constructor(context: RestoreContext, threads: FileThreads, alone: (file: TakenFile) => Promise<void>) {
    this.#context = context;
    this.#threads = threads;
    this.#alone = alone;
    this.#jobs = new Jobs(threads.atOnce);
  }

  /** Takes a file that its folder's task has begun with, and ends it there; false when it is not for a thread. A promise where the next one has to wait. */
  take(taken: TakenFile): Promise<true> | boolean {
    const { folder, node, path } = taken;
    if (folder.handle === undefined || this.#mayStand(taken)) return false;
    const located = this.#threads.locate(node);
    if (located === undefined) return false;
    const file = { folder: folder.handle, isFirst: taken.task.isNew, path, node: essence(node) };
    const waiting = { taken, located, file };
    if (this.#bytes + located.bytes <= this.#threads.mostBytes) return this.#add(waiting);
    return this.flush().then(() => this.#add(waiting));
  }

  #add(waiting: Waiting): Promise<true> | true {
    this.#waiting.push(waiting);
    this.#bytes += waiting.located.bytes;
    if (this.#bytes < batchBytes && this.#waiting.length < batchFiles) return true;
    return this.flush().then(() => true as const);
  }

  /** What stands there may do for the file, or for pieces of it: they are not to be fetched then. */
  #mayStand({ task, folder, node }: TakenFile): boolean {
    if (task.isNew) return false;
    const isLarge = (node.size ?? 0) >= worthwhile;
    if (this.#context.overwrite === 'always' && !isLarge) return false;
    return folder.stat(node.name) !== undefined || (isLarge && folder.stat(partialName(node.name)) !== undefined);
  }

  /** Resolves as soon as what has been gathered is under way. */
  async flush(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    if (batch.length > 0) await this.#jobs.start(() => this.#run(batch));
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    const { tally, signal, options, overwrite, owners } = this.#context;
    const { verify = false, sparse = true, delete: removes = false, keepPartial = false } = options;
    const asked = { overwrite, owners, verify, sparse, delete: removes, keepPartial };
    const report = signal.aborted ? nothingDone : await this.#threads.restore(batch, asked).catch(() => undefined);
    if (report) tally.add(report);
    if (report?.ended) this.#context.stop(backupError(report.ended.error), report.ended.path);
    const again = new Set(report ? report.again : batch.keys());
    for (const [index, { taken }] of batch.entries()) {
      if (again.has(index)) continue;
      tally.regular += 1;
      taken.task.end();
    }
    const last = batch.at(-1);
    if (last) tally.progress(last.taken.path);
    for (const index of again) {
      const waiting = batch[index];
      if (waiting) await this.#alone(waiting.taken);
    }
  }
}

const nothingDone: BatchReport = {
  files: 0,
  bytes: 0,
  skipped: 0,
  lost: { owners: 0, attributes: 0, modes: 0 },
  problems: [],
  changes: [],
  again: [],
};

/** What restoring the file needs of its node: the rest would travel for nothing. */
const essence = (node: Node): Node => {
  const { name, type, mode, mtime, atime, uid, gid, size, content, extendedAttributes } = node;
  return {
    name,
    type,
    mtime,
    atime,
    ctime: mtime,
    uid,
    gid,
    ...(mode === undefined ? {} : { mode }),
    ...(size === undefined ? {} : { size }),
    ...(content === undefined ? {} : { content }),
    ...(extendedAttributes === undefined ? {} : { extendedAttributes }),
  };
};
