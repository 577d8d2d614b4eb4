import {
  BackupError,
  type BytePath,
  type CallOptions,
  collect,
  type Clock,
  joinBytes,
  type Node,
  type ReadOptions,
  type SnapshotReader,
} from '@triplicate/core';
import type { BackupTree } from '../backup/backup-tree.ts';
import { parentOf } from '../backup/builder-tree.ts';

/** What a phone may leave on the overlay while it restores: statuses, not content. */
const mostBytes = 64 * 1024 * 1024;

type Change = { readonly node: Node; readonly bytes?: Buffer } | 'removed';

/** A snapshot that the phone may change as it likes: changes stand in memory over it and are thrown away. */
export class OverlayTree implements BackupTree {
  readonly #snapshot: SnapshotReader;
  readonly #time: string;
  readonly #changes = new Map<BytePath, Change>();
  #held = 0;

  constructor(snapshot: SnapshotReader, clock: Clock) {
    this.#snapshot = snapshot;
    this.#time = clock.now().toISOString();
  }

  async node(path: BytePath): Promise<Node | undefined> {
    const change = this.#changes.get(path);
    if (change !== undefined) return change === 'removed' ? undefined : change.node;
    return this.#isHidden(path) ? undefined : this.#snapshot.node(path);
  }

  async *list(path: BytePath): AsyncIterable<Node> {
    const own = new Map<string, Node>();
    if (!this.#changes.has(path) && !this.#isHidden(path) && (await this.#snapshot.node(path))?.type === 'dir')
      for await (const node of this.#snapshot.list(path)) own.set(node.name, node);
    for (const [changed, change] of this.#changes) {
      if (parentOf(changed) !== path) continue;
      const name = changed.slice(changed.lastIndexOf('/') + 1);
      if (change === 'removed') own.delete(name);
      else own.set(name, change.node);
    }
    yield* [...own.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async *read(path: BytePath, options: ReadOptions): AsyncIterable<Uint8Array> {
    const change = this.#changes.get(path);
    const node = await this.node(path);
    if (node?.type !== 'file') throw new BackupError('NOT_FOUND', 'no such file');
    if (change !== undefined && change !== 'removed' && change.bytes) yield change.bytes;
    else yield* this.#snapshot.read(node, options);
  }

  async put(path: BytePath, content: AsyncIterable<Uint8Array>, _options: CallOptions): Promise<void> {
    const bytes = await collect(this.#counted(content));
    this.#set(path, { node: this.#made(path, 'file', bytes.length), bytes });
  }

  async makeDirectory(path: BytePath): Promise<void> {
    if (path === '' || (await this.node(path))?.type === 'dir') return;
    await this.makeDirectory(parentOf(path));
    this.#set(path, { node: this.#made(path, 'dir') });
  }

  async move(from: BytePath, to: BytePath): Promise<void> {
    await this.copy(from, to);
    await this.remove(from);
  }

  async remove(path: BytePath): Promise<void> {
    for (const changed of this.#changes.keys()) if (changed.startsWith(`${path}/`)) this.#changes.delete(changed);
    this.#changes.set(path, 'removed');
  }

  async copy(from: BytePath, to: BytePath): Promise<void> {
    const node = await this.node(from);
    if (node === undefined) throw new BackupError('NOT_FOUND', 'no such file or folder');
    const name = to.slice(to.lastIndexOf('/') + 1) as BytePath;
    if (node.type !== 'dir') {
      const change = this.#changes.get(from);
      return this.#set(to, { ...(change === 'removed' ? {} : change), node: { ...node, name } });
    }
    await this.remove(to);
    await this.makeDirectory(to);
    for await (const child of this.list(from)) await this.copy(joinBytes(from, child.name), joinBytes(to, child.name));
  }

  unreadable(): void {
    // The phone tells of its own files; nothing of them is kept here.
  }

  #set(path: BytePath, change: Change): void {
    this.#changes.set(path, change);
  }

  /** Whether a folder above it was removed or made anew, so that the snapshot does not show through. */
  #isHidden(path: BytePath): boolean {
    for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder))
      if (this.#changes.has(folder)) return true;
    return false;
  }

  #made(path: BytePath, type: 'file' | 'dir', size?: number): Node {
    const times = { mtime: this.#time, atime: this.#time, ctime: this.#time };
    const name = path.slice(path.lastIndexOf('/') + 1) as BytePath;
    return { name, type, ...times, uid: 0, gid: 0, ...(size === undefined ? {} : { size }) };
  }

  async *#counted(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const part of content) {
      this.#held += part.byteLength;
      if (this.#held > mostBytes)
        throw new BackupError('QUOTA_EXCEEDED', 'the phone wants to store more during its restore than is sensible');
      yield part;
    }
  }
}
