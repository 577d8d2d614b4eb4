import {
  BackupError,
  bytesFromText,
  type BytePath,
  type CallOptions,
  type Clock,
  joinBytes,
  type Node,
  nsFromTimestamp,
  printable,
  type ReadOptions,
  type SnapshotBuilder,
} from '@triplicate/core';
import { fileInfo, folderInfo, nowNs } from './attributes.ts';
import type { BackupTree } from './backup-tree.ts';

/** The phone's folder as a snapshot under construction: uploads go to the destinations, moves and removes touch no content. */
export class BuilderTree implements BackupTree {
  readonly #builder: SnapshotBuilder;
  readonly #clock: Clock;
  /** Folders that are known to be there, so that they are not looked for again. */
  readonly #folders = new Set<BytePath>();

  constructor(builder: SnapshotBuilder, clock: Clock) {
    this.#builder = builder;
    this.#clock = clock;
  }

  node(path: BytePath): Promise<Node | undefined> {
    return this.#builder.node(path);
  }

  list(path: BytePath): AsyncIterable<Node> {
    return this.#builder.list(path);
  }

  read(path: BytePath, options: ReadOptions): AsyncIterable<Uint8Array> {
    return this.#builder.read(path, options);
  }

  async put(path: BytePath, content: AsyncIterable<Uint8Array>, options: CallOptions): Promise<void> {
    const folder = parentOf(path);
    if (!this.#folders.has(folder)) await this.makeDirectory(folder);
    const before = this.#builder.previous && (await this.#builder.previous.node(path));
    await this.#builder.putFile(path, fileInfo(nowNs(this.#clock)), content, options);
    if (before) await this.#settleTime(path, before);
  }

  async makeDirectory(path: BytePath): Promise<void> {
    if (path === '' || this.#folders.has(path)) return;
    await this.makeDirectory(parentOf(path));
    const there = await this.#builder.node(path);
    if (there?.type !== 'dir') await this.#builder.putDirectory(path, folderInfo(nowNs(this.#clock)));
    this.#folders.add(path);
  }

  async move(from: BytePath, to: BytePath): Promise<void> {
    const folder = parentOf(to);
    if (!this.#folders.has(folder)) {
      // No folder is made for what is not there.
      if ((await this.#builder.node(from)) === undefined) throw new BackupError('NOT_FOUND', 'no such file or folder');
      await this.makeDirectory(folder);
    }
    const before = this.#builder.previous && (await this.#builder.previous.node(to));
    await this.#builder.move(from, to);
    this.#forget(from);
    if (before) await this.#settleTime(to, before);
  }

  async remove(path: BytePath): Promise<void> {
    await this.#builder.remove(path);
    this.#forget(path);
  }

  async copy(from: BytePath, to: BytePath, options: CallOptions): Promise<void> {
    const node = await this.#builder.node(from);
    if (node === undefined) throw new BackupError('NOT_FOUND', 'no such file or folder');
    if (node.type !== 'dir') return this.put(to, this.#builder.read(from, options), options);
    await this.makeDirectory(to);
    for await (const child of this.#builder.list(from))
      await this.copy(joinBytes(from, child.name), joinBytes(to, child.name), options);
  }

  unreadable(path: BytePath, text: string): void {
    this.#builder.unreadable(path, new BackupError('UNREADABLE', `the phone could not read it: ${printable(text)}`));
  }

  /** A file that was sent again with the content that it had keeps its time, so that the trees stay equal. */
  async #settleTime(path: BytePath, before: Node | undefined): Promise<void> {
    if (before?.type !== 'file') return;
    const now = await this.#builder.node(path);
    if (now?.type !== 'file' || now.mtime === before.mtime || !sameContent(now, before)) return;
    await this.#builder.keep(path, before, fileInfo(nsFromTimestamp(before.mtime)));
  }

  #forget(path: BytePath): void {
    // Where a folder is known, its parents are.
    if (!this.#folders.delete(path)) return;
    const inside = `${path}/`;
    for (const folder of this.#folders) if (folder.startsWith(inside)) this.#folders.delete(folder);
  }
}

const sameContent = (a: Node, b: Node): boolean =>
  a.size === b.size &&
  a.content?.length === b.content?.length &&
  (a.content ?? []).every((id, i) => id === b.content?.[i]);

export const parentOf = (path: BytePath): BytePath => path.slice(0, Math.max(0, path.lastIndexOf('/'))) as BytePath;

export const childPath = (path: BytePath, name: string): BytePath => joinBytes(path, bytesFromText(name));
