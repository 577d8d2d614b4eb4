import {
  BackupError,
  type ByteName,
  type BytePath,
  type CallOptions,
  type ChangeOptions,
  type ComparedFolder,
  CtimeAnswers,
  type EntryInfo,
  type ExpectedTotal,
  heldBy,
  isSameEntry,
  isUnchanged,
  joinBytes,
  type Kept,
  type LookRules,
  type Node,
  type SnapshotBuilder,
  textFromBytes,
  throwIfAborted,
  toBackupError,
  typeOfStat,
} from '@triplicate/core';
import { type BigIntStats, readlinkSync } from 'node:fs';
import { ComparedFolders } from './compared-folders.ts';
import type { EntryDescriber } from './entry-info.ts';
import { fsPath, localPath } from './local-path.ts';
import { PreviousFolder } from './previous-folder.ts';
import { createSlice } from './slice.ts';
import type { Visit, Walk } from './walk.ts';

export interface CaptureParts extends ChangeOptions {
  readonly builder: SnapshotBuilder;
  readonly describer: EntryDescriber;
  /** The times of the last access are kept as well. */
  readonly atime: boolean;
  readonly walk: Walk;
  /** What counts when folders are looked at in threads. */
  readonly rules: LookRules;
}

interface KeptFolder {
  readonly path: BytePath;
  readonly compared: ComparedFolder;
  readonly device: bigint;
}

/** Puts what a walk visits into a snapshot. */
export class Capture {
  readonly #builder: SnapshotBuilder;
  readonly #describer: EntryDescriber;
  readonly #changes: ChangeOptions;
  /** Whether a file's ctime says that nothing of it is new. */
  readonly #ctimeTells: boolean;
  /** Whether it says so of extended attributes as well. */
  readonly #ctime: CtimeAnswers;
  readonly #walk: Walk;
  /** Absent where everything is looked at here. */
  readonly #folders: ComparedFolders | undefined;
  /** The folders of the previous snapshot from the root to where the walk is. */
  readonly #previous: PreviousFolder[] = [];
  readonly #slice = createSlice(8);
  /** A folder of which no thread could tell anything. */
  #different: BytePath | undefined;
  #files = 0;
  #bytes = 0;

  constructor({ builder, describer, atime, walk, rules, ...changes }: CaptureParts) {
    this.#builder = builder;
    this.#describer = describer;
    this.#changes = changes;
    this.#walk = walk;
    this.#ctimeTells = !atime && !changes.ignoreCtime && !changes.ignoreInode;
    this.#ctime = new CtimeAnswers(builder.attributesReadAt);
    const looker = this.#ctimeTells ? builder.looker?.(rules) : undefined;
    this.#folders = looker && new ComparedFolders(looker);
  }

  /** It waits for threads that look at folders, and is soon through with them. */
  get isLooking(): boolean {
    return this.#folders?.isBusy === true;
  }

  /** Gives what it found: all of it is known then, though much of it may wait to be read. */
  async run(options: CallOptions): Promise<ExpectedTotal> {
    this.#previous.push(await PreviousFolder.open(this.#builder.previous, '' as BytePath));
    await this.#through(this.#walk.visits(), options);
    return { files: this.#files, bytes: this.#bytes };
  }

  async #through(visits: Iterable<Visit>, options: CallOptions): Promise<void> {
    for (const visit of visits) {
      throwIfAborted(options.signal);
      if (visit.kind === 'entry' && visit.stat.isFile()) this.#count(1, Number(visit.stat.size));
      const work = this.#take(visit, options);
      // Most of what has not changed waits for nothing.
      if (work !== undefined) await work;
      if (this.#slice.due()) await this.#slice.rest();
    }
  }

  #count(files: number, bytes: number): void {
    this.#files += files;
    this.#bytes += bytes;
  }

  #take(visit: Visit, options: CallOptions): Promise<void> | undefined {
    const { path } = visit;
    if (visit.kind === 'unreadable') {
      this.#builder.unreadable(path, visit.error);
      return undefined;
    }
    if (visit.kind === 'leave') return this.#leave(path);
    return visit.kind === 'folder' ? this.#enter(visit, options) : this.#entry(path, visit.stat, options);
  }

  async #enter({ path, stat, plain }: Extract<Visit, { kind: 'folder' }>, options: CallOptions): Promise<void> {
    const before = this.#before(path);
    await this.#builder.putDirectory(path, this.#describer.describe(path, stat));
    if (plain && before && (await this.#isKept(before, { path, stat }, options))) return this.#walk.passBy();
    const { previous } = this.#builder;
    this.#previous.push(await PreviousFolder.open(before?.type === 'dir' ? previous : undefined, path));
  }

  async #isKept(
    { subtree }: Node,
    { path, stat }: Pick<Extract<Visit, { kind: 'folder' }>, 'path' | 'stat'>,
    options: CallOptions,
  ): Promise<boolean> {
    if (!this.#folders || subtree === undefined || path === this.#different) return false;
    const compared = await this.#folders.take(path, subtree);
    if (compared) await this.#keep(this.#folders, { path, compared, device: stat.dev }, options);
    return compared !== undefined;
  }

  async #keep(folders: ComparedFolders, kept: KeptFolder, options: CallOptions): Promise<void> {
    const { path, compared, device } = kept;
    await folders.keep(path, compared);
    const held = heldBy(compared);
    this.#count(held.files, held.bytes);
    const others = compared.others.values();
    const before = PreviousFolder.of(compared.others);
    let other = others.next().value;
    const upTo = async (end: ByteName | undefined): Promise<void> => {
      for (; other !== undefined && (end === undefined || other.name < end); other = others.next().value) {
        const inner = joinBytes(path, other.name);
        await this.#inside(before, this.#walk.entry(inner, device), options);
        if (other.before?.subtree !== undefined) folders.drop(inner);
      }
    };
    for (const folder of compared.folders) {
      if (folder.within) continue;
      if (other !== undefined) await upTo(folder.name);
      await this.#keepInner(folders, kept, folder, options);
    }
    await upTo(undefined);
    await this.#builder.endDirectory(path);
  }

  // oxlint-disable-next-line max-params -- a folder in a folder
  async #keepInner(
    folders: ComparedFolders,
    { path, device }: KeptFolder,
    { name, tree }: ComparedFolder['folders'][number],
    options: CallOptions,
  ): Promise<void> {
    throwIfAborted(options.signal);
    const inner = joinBytes(path, name);
    const compared = await folders.take(inner, tree);
    if (compared) return this.#keep(folders, { path: inner, compared, device }, options);
    this.#different = inner;
    const before = await PreviousFolder.open(this.#builder.previous, path);
    await this.#inside(before, this.#walk.folder(inner, device), options);
  }

  async #inside(before: PreviousFolder, visits: Iterable<Visit>, options: CallOptions): Promise<void> {
    this.#previous.push(before);
    await this.#through(visits, options);
    this.#previous.pop();
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
      isSameEntry(before, 'file', stat, this.#describer.owner(stat)) &&
      (this.#ctime.areSame(stat, () => fsPath(path)) || this.#describer.xattrs(path, stat.dev) === undefined)
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
