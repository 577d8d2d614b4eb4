import {
  BackupError,
  type BytePath,
  type CaptureOptions,
  joinBytes,
  type Node,
  nsFromTimestamp,
  type SnapshotBuilder,
  textFromBytes,
  throwIfAborted,
  toBackupError,
} from '@triplicate/core';
import type { BigIntStats } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { fileInfo, folderInfo } from './attributes.ts';
import type { KnownFiles } from './known-files.ts';
import { type FolderEntry, listEntries, look } from './list-entries.ts';

const deepest = 64;

export interface FolderCaptureParts {
  readonly builder: SnapshotBuilder;
  readonly options: CaptureOptions;
  readonly known: KnownFiles;
}

/** A file that was read although the last snapshot has one of that size there. */
interface Reread {
  readonly path: BytePath;
  readonly stat: BigIntStats;
  readonly before: Node;
}

/** Puts the files of a backup folder into a snapshot, folder by folder. Links and what is neither are passed over: no phone makes them. */
export class FolderCapture {
  readonly #builder: SnapshotBuilder;
  readonly #options: CaptureOptions;
  readonly #known: KnownFiles;
  #files = 0;
  #bytes = 0;

  constructor({ builder, options, known }: FolderCaptureParts) {
    this.#builder = builder;
    this.#options = options;
    this.#known = known;
  }

  /** `from` is absolute, `to` its place in the tree. */
  async run(from: BytePath, to: BytePath): Promise<void> {
    await this.#estimate(from, 0);
    this.#options.expect({ files: this.#files, bytes: this.#bytes });
    const stat = look(from);
    if (stat instanceof Error) throw toBackupError(stat, 'IO', `the folder "${textFromBytes(from)}"`);
    for (let end = to.indexOf('/'); end > 0; end = to.indexOf('/', end + 1))
      await this.#putFolder(to.slice(0, end) as BytePath, stat);
    await this.#folder({ from, to, depth: 0 }, stat);
  }

  async #estimate(folder: BytePath, depth: number): Promise<void> {
    throwIfAborted(this.#options.signal);
    await setImmediate();
    try {
      for (const { name, stat } of listEntries(folder, depth === 0)) {
        if (stat instanceof Error) continue;
        if (stat.isFile()) this.#count(stat);
        if (stat.isDirectory() && depth < deepest) await this.#estimate(joinBytes(folder, name), depth + 1);
      }
      this.#options.expect({ files: this.#files, bytes: this.#bytes, counting: true });
    } catch (error) {
      // An estimate that fails says nothing more; what is wrong is told by the capture.
      throwIfAborted(this.#options.signal);
      void error;
    }
  }

  #count({ size }: BigIntStats): void {
    this.#files += 1;
    this.#bytes += Number(size);
  }

  async #folder(place: Place, stat: BigIntStats): Promise<void> {
    const { from, to, depth } = place;
    throwIfAborted(this.#options.signal);
    await setImmediate();
    let entries: readonly FolderEntry[];
    try {
      entries = listEntries(from, depth === 0);
    } catch (error) {
      return this.#builder.unreadable(to, toBackupError(error));
    }
    await this.#putFolder(to, stat);
    const before = await this.#previousNodes(to);
    const reread: Reread[] = [];
    for (const entry of entries) {
      throwIfAborted(this.#options.signal);
      const path = joinBytes(to, entry.name);
      const inside = { from: joinBytes(from, entry.name), to: path, depth: depth + 1 };
      if (entry.stat instanceof Error) this.#builder.unreadable(path, toBackupError(entry.stat));
      else if (entry.stat.isFile()) reread.push(...(await this.#file(inside, entry.stat, before.get(entry.name))));
      else if (entry.stat.isDirectory()) await this.#inner(inside, entry.stat);
    }
    for (const one of reread) await this.#settleTime(one);
    await this.#builder.endDirectory(to);
  }

  async #inner(place: Place, stat: BigIntStats): Promise<void> {
    if (place.depth <= deepest) return this.#folder(place, stat);
    this.#builder.unreadable(place.to, new BackupError('UNSUPPORTED', 'it lies deeper than any backup of a phone'));
  }

  /** A folder keeps the time that it had. */
  async #putFolder(path: BytePath, stat: BigIntStats): Promise<void> {
    const before = await this.#builder.previous?.node(path);
    const mtimeNs = before?.type === 'dir' ? nsFromTimestamp(before.mtime) : stat.mtimeNs;
    await this.#builder.putDirectory(path, folderInfo(mtimeNs));
  }

  async #previousNodes(folder: BytePath): Promise<ReadonlyMap<string, Node>> {
    const nodes = new Map<string, Node>();
    const { previous } = this.#builder;
    try {
      if (previous && (await previous.node(folder))?.type === 'dir')
        for await (const node of previous.list(folder)) if (node.type === 'file') nodes.set(node.name, node);
    } catch (error) {
      // What the previous snapshot cannot tell is read again.
      throwIfAborted(this.#options.signal);
      void error;
    }
    return nodes;
  }

  async #file({ from, to }: Place, stat: BigIntStats, before: Node | undefined): Promise<readonly Reread[]> {
    const size = Number(stat.size);
    // A node of an empty file has no size.
    const maySame = before !== undefined && (before.size ?? 0) === size;
    if (maySame && (nsFromTimestamp(before.mtime) === stat.mtimeNs || this.#known.has(to, stat, before))) {
      const info = fileInfo(nsFromTimestamp(before.mtime), size);
      if ((await this.#builder.keep(to, before, info)) === 'kept') {
        if (info.mtimeNs !== stat.mtimeNs) this.#known.add(to, stat, before);
        return [];
      }
    }
    const file = { localPath: from, inode: stat.ino, device: stat.dev };
    await this.#builder.putFile(to, fileInfo(stat.mtimeNs, size), file, this.#options);
    return maySame ? [{ path: to, stat, before }] : [];
  }

  /** A file with the content that it had keeps its time, so that trees stay equal whichever way the phone was backed up. */
  async #settleTime({ path, stat, before }: Reread): Promise<void> {
    const mtimeNs = nsFromTimestamp(before.mtime);
    if (mtimeNs === stat.mtimeNs) return;
    const now = await this.#builder.node(path);
    if (now?.type !== 'file' || !sameContent(now, before)) return;
    if ((await this.#builder.keep(path, before, fileInfo(mtimeNs, Number(stat.size)))) === 'kept')
      this.#known.add(path, stat, before);
  }
}

interface Place {
  readonly from: BytePath;
  readonly to: BytePath;
  readonly depth: number;
}

const sameContent = (a: Node, b: Node): boolean =>
  (a.size ?? 0) === (b.size ?? 0) &&
  a.content?.length === b.content?.length &&
  (a.content ?? []).every((id, i) => id === b.content?.[i]);
