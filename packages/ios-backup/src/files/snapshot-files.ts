import { BackupError, bytesFromShown, joinBytes, textFromBytes, throwIfAborted } from '@triplicate/core';
import type { BytePath, CallOptions, Node, ReadOptions, SnapshotReader } from '@triplicate/core';
import { checkPath } from './backup-files.ts';
import type { BackupFiles, FileStat, ListedFile } from './backup-files.ts';

/** The tree at `root` of a snapshot, e.g. `MobileSync/<UDID>`; only the blobs that are asked for are read. */
export class SnapshotFiles implements BackupFiles {
  readonly label: string;
  readonly #reader: SnapshotReader;
  readonly #root: BytePath;

  constructor(reader: SnapshotReader, root: string) {
    this.#reader = reader;
    this.#root = bytesFromShown(checkPath(root));
    this.label = `snapshot ${reader.id.slice(0, 8)}`;
  }

  async stat(path: string, { signal }: CallOptions): Promise<FileStat | undefined> {
    throwIfAborted(signal);
    const node = await this.#reader.node(this.#place(path));
    return node === undefined ? undefined : describe(node);
  }

  async *open(path: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
    const node = await this.#reader.node(this.#place(path));
    if (node?.type !== 'file') throw new BackupError('NOT_FOUND', `no file "${path}" in ${this.label}`);
    const size = node.size ?? 0;
    if (options.range === undefined) return yield* this.#reader.read(node, options);
    const offset = Math.min(options.range.offset, size);
    const range = { offset, length: Math.min(options.range.length, size - offset) };
    if (range.length > 0) yield* this.#reader.read(node, { ...options, range });
  }

  async *list(path: string, { signal }: CallOptions): AsyncGenerator<ListedFile> {
    for await (const node of this.#reader.list(this.#place(path))) {
      throwIfAborted(signal);
      yield { name: textFromBytes(node.name), ...describe(node) };
    }
  }

  /** The names of its blobs are hashes of what is in them. */
  async fingerprint(path: string, { signal }: CallOptions): Promise<string | undefined> {
    throwIfAborted(signal);
    const node = await this.#reader.node(this.#place(path));
    return node?.type === 'file' ? (node.content ?? []).join(' ') : undefined;
  }

  #place(path: string): BytePath {
    const inside = bytesFromShown(checkPath(path));
    return inside === '' ? this.#root : joinBytes(this.#root, inside);
  }
}

const describe = (node: Node): FileStat => ({
  kind: node.type === 'file' ? 'file' : node.type === 'dir' ? 'folder' : 'other',
  size: node.type === 'file' ? (node.size ?? 0) : 0,
});
