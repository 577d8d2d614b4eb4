import {
  BackupError,
  type ByteName,
  type BytePath,
  type CallOptions,
  type EntryInfo,
  type ExpectedTotal,
  type Kept,
  type Node,
  type SnapshotBuilder,
  textFromBytes,
  throwIfAborted,
  toBackupError,
  typeOfStat,
} from '@triplicate/core';
import { type BigIntStats, readlinkSync } from 'node:fs';
import type { EntryDescriber } from './entry-info.ts';
import { fsPath, localPath } from './local-path.ts';
import { PreviousFolder } from './previous-folder.ts';
import { createSlice } from './slice.ts';
import { type ChangeOptions, isSameEntry, isUnchanged } from './unchanged.ts';
import type { Visit, Walk } from './walk.ts';

export interface CaptureParts extends ChangeOptions {
  readonly builder: SnapshotBuilder;
  readonly describer: EntryDescriber;
  /** The times of the last access are kept as well. */
  readonly atime: boolean;
}

/** Puts what a walk visits into a snapshot. */
export class Capture {
  readonly #builder: SnapshotBuilder;
  readonly #describer: EntryDescriber;
  readonly #changes: ChangeOptions;
  /** Whether a file's ctime says that nothing of it is new. */
  readonly #ctimeTells: boolean;
  /** The folders of the previous snapshot from the root to where the walk is. */
  readonly #previous: PreviousFolder[] = [];

  constructor({ builder, describer, atime, ...changes }: CaptureParts) {
    this.#builder = builder;
    this.#describer = describer;
    this.#changes = changes;
    this.#ctimeTells = !atime && !changes.ignoreCtime && !changes.ignoreInode;
  }

  /** Gives what it found: all of it is known then, though much of it may wait to be read. */
  async run(walk: Walk, options: CallOptions): Promise<ExpectedTotal> {
    const slice = createSlice(8);
    let files = 0;
    let bytes = 0;
    this.#previous.push(await PreviousFolder.open(this.#builder.previous, '' as BytePath));
    for (const visit of walk.visits()) {
      throwIfAborted(options.signal);
      if (visit.kind === 'entry' && visit.stat.isFile()) {
        files += 1;
        bytes += Number(visit.stat.size);
      }
      const work = this.#take(visit, options);
      // Most of what has not changed waits for nothing.
      if (work !== undefined) await work;
      if (slice.due()) await slice.rest();
    }
    return { files, bytes };
  }

  #take(visit: Visit, options: CallOptions): Promise<void> | undefined {
    const { path } = visit;
    if (visit.kind === 'unreadable') {
      this.#builder.unreadable(path, visit.error);
      return undefined;
    }
    if (visit.kind === 'leave') return this.#leave(path);
    return visit.kind === 'folder' ? this.#enter(path, visit.stat) : this.#entry(path, visit.stat, options);
  }

  async #enter(path: BytePath, stat: BigIntStats): Promise<void> {
    const { previous } = this.#builder;
    const before = this.#before(path);
    this.#previous.push(await PreviousFolder.open(before?.type === 'dir' ? previous : undefined, path));
    await this.#builder.putDirectory(path, this.#describer.describe(path, stat));
  }

  async #leave(path: BytePath): Promise<void> {
    this.#previous.pop();
    await this.#builder.endDirectory(path);
  }

  #entry(path: BytePath, stat: BigIntStats, options: CallOptions): Promise<void> | undefined {
    return stat.isFile() ? this.#file(path, stat, options) : this.#other(path, stat);
  }

  async #other(path: BytePath, stat: BigIntStats): Promise<void> {
    const type = typeOfStat(Number(stat.mode));
    const info = this.#describer.describe(path, stat);
    if (type === 'symlink') await this.#link(path, info);
    else if (type === undefined || type === 'dir' || type === 'file') this.#builder.unreadable(path, unknownKind(path));
    else await this.#builder.putSpecial(path, type, info);
  }

  #file(path: BytePath, stat: BigIntStats, options: CallOptions): Promise<void> | undefined {
    const before = this.#before(path);
    if (before === undefined || !isUnchanged(before, stat, this.#changes)) return this.#read(path, stat, options);
    const info = this.#isSame(path, before, stat) ? undefined : this.#describer.describe(path, stat);
    const kept = this.#builder.keep(path, before, info);
    return kept === 'kept' ? undefined : this.#unlessKept(kept, () => this.#read(path, stat, options, info));
  }

  async #unlessKept(kept: Kept | Promise<Kept>, read: () => Promise<void>): Promise<void> {
    if ((await kept) === 'read-it') await read();
  }

  // oxlint-disable-next-line max-params -- what was described already is not described again
  async #read(path: BytePath, stat: BigIntStats, options: CallOptions, described?: EntryInfo): Promise<void> {
    const info = described ?? this.#describer.describe(path, stat);
    await this.#builder.putFile(path, info, { localPath: localPath(path), inode: stat.ino, device: stat.dev }, options);
  }

  /** Whether nothing of the entry has to be said anew. */
  #isSame(path: BytePath, before: Node, stat: BigIntStats): boolean {
    return (
      this.#ctimeTells &&
      before.extendedAttributes === undefined &&
      isSameEntry(before, stat, this.#describer.owner(stat)) &&
      this.#describer.xattrs(path, stat.dev) === undefined
    );
  }

  async #link(path: BytePath, info: EntryInfo): Promise<void> {
    let target: BytePath;
    try {
      target = readlinkSync(fsPath(path), { encoding: 'latin1' }) as BytePath;
    } catch (error) {
      this.#builder.unreadable(path, toBackupError(error));
      return;
    }
    await this.#builder.putLink(path, target, info);
  }

  #before(path: BytePath): Node | undefined {
    return this.#previous.at(-1)?.take(path.slice(path.lastIndexOf('/') + 1) as ByteName);
  }
}

const unknownKind = (path: BytePath): BackupError =>
  new BackupError('UNSUPPORTED', `"${textFromBytes(path)}" is of a kind that a snapshot has no word for`);
