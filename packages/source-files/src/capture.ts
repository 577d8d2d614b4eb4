import {
  BackupError,
  type ByteName,
  type BytePath,
  type CallOptions,
  type EntryInfo,
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
import { type ChangeOptions, isUnchanged } from './unchanged.ts';
import type { Visit, Walk } from './walk.ts';

export interface CaptureParts extends ChangeOptions {
  readonly builder: SnapshotBuilder;
  readonly describer: EntryDescriber;
}

/** Puts what a walk visits into a snapshot. */
export class Capture {
  readonly #builder: SnapshotBuilder;
  readonly #describer: EntryDescriber;
  readonly #changes: ChangeOptions;
  /** The folders of the previous snapshot from the root to where the walk is. */
  readonly #previous: PreviousFolder[];

  constructor({ builder, describer, ...changes }: CaptureParts) {
    this.#builder = builder;
    this.#describer = describer;
    this.#changes = changes;
    this.#previous = [new PreviousFolder(builder.previous, '' as BytePath)];
  }

  async run(walk: Walk, options: CallOptions): Promise<void> {
    const slice = createSlice(8);
    try {
      for (const visit of walk.visits()) {
        throwIfAborted(options.signal);
        await this.#take(visit, options);
        if (slice.due()) await slice.rest();
      }
    } finally {
      for (const folder of this.#previous) await folder.close();
    }
  }

  async #take(visit: Visit, options: CallOptions): Promise<void> {
    const { path } = visit;
    if (visit.kind === 'unreadable') this.#builder.unreadable(path, visit.error);
    else if (visit.kind === 'folder') await this.#enter(path, visit.stat);
    else if (visit.kind === 'leave') await this.#leave(path);
    else await this.#entry(path, visit.stat, options);
  }

  async #enter(path: BytePath, stat: BigIntStats): Promise<void> {
    const { previous } = this.#builder;
    const before = await this.#before(path);
    this.#previous.push(new PreviousFolder(before?.type === 'dir' ? previous : undefined, path));
    await this.#builder.putDirectory(path, this.#describer.describe(path, stat));
  }

  async #leave(path: BytePath): Promise<void> {
    await this.#previous.pop()?.close();
    await this.#builder.endDirectory(path);
  }

  async #entry(path: BytePath, stat: BigIntStats, options: CallOptions): Promise<void> {
    const type = typeOfStat(Number(stat.mode));
    const info = this.#describer.describe(path, stat);
    if (type === 'file') await this.#file(path, info, options);
    else if (type === 'symlink') await this.#link(path, info);
    else if (type === undefined || type === 'dir') this.#builder.unreadable(path, unknownKind(path));
    else await this.#builder.putSpecial(path, type, info);
  }

  async #file(path: BytePath, info: EntryInfo, options: CallOptions): Promise<void> {
    const before = await this.#before(path);
    if (before !== undefined && isUnchanged(before, info, this.#changes)) {
      if ((await this.#builder.keep(path, before, info)) === 'kept') return;
    }
    const { inode, device } = info as EntryInfo & { readonly inode: bigint; readonly device: bigint };
    await this.#builder.putFile(path, info, { localPath: localPath(path), inode, device }, options);
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

  #before(path: BytePath): Promise<Node | undefined> {
    const name = path.slice(path.lastIndexOf('/') + 1) as ByteName;
    return this.#previous.at(-1)?.take(name) ?? Promise.resolve(undefined);
  }
}

const unknownKind = (path: BytePath): BackupError =>
  new BackupError('UNSUPPORTED', `"${textFromBytes(path)}" is of a kind that a snapshot has no word for`);
