import type { ByteName, BytePath } from '../bytes.ts';
import { textFromBytes } from '../bytes.ts';
import { BackupError, throwIfAborted } from '../errors.ts';
import type { Node } from '../repository/node.ts';
import { goMode } from '../repository/mode.ts';
import type { SnapshotFile } from '../repository/snapshot-file.ts';
import { zeroTimestamp } from '../repository/timestamp.ts';
import type { ReadOptions, SnapshotReader } from '../source/source.ts';
import type { BlobReader } from './blob-reader.ts';
import { findNode, type TreeReader } from './tree-reader.ts';

/** The node that stands for the root, which no tree names. */
export const rootNode = (tree: string): Node => ({
  name: '' as ByteName,
  type: 'dir',
  mode: goMode('dir', 0o755),
  mtime: zeroTimestamp,
  atime: zeroTimestamp,
  ctime: zeroTimestamp,
  uid: 0,
  gid: 0,
  subtree: tree,
});

/** A stored snapshot, read through whichever replica has its blobs. */
export class StoredSnapshot implements SnapshotReader {
  readonly id: string;
  readonly file: SnapshotFile;
  readonly #trees: TreeReader;
  readonly #blobs: BlobReader;

  constructor(id: string, file: SnapshotFile, readers: { readonly trees: TreeReader; readonly blobs: BlobReader }) {
    this.id = id;
    this.file = file;
    this.#trees = readers.trees;
    this.#blobs = readers.blobs;
  }

  get time(): string {
    return this.file.time;
  }

  async node(path: BytePath): Promise<Node | undefined> {
    let node: Node = rootNode(this.file.tree);
    for (const name of path.split('/').filter((part) => part !== '')) {
      if (node.subtree === undefined) return undefined;
      const child = findNode(await this.#trees.read(node.subtree), name);
      if (!child) return undefined;
      node = child;
    }
    return node;
  }

  async *list(path: BytePath): AsyncIterable<Node> {
    yield* await this.listed(path);
  }

  async listed(path: BytePath): Promise<readonly Node[]> {
    const node = await this.node(path);
    if (node?.subtree === undefined)
      throw new BackupError('NOT_FOUND', `no folder "${textFromBytes(path)}" in snapshot ${this.id.slice(0, 8)}`);
    return this.#trees.readOnce(node.subtree);
  }

  read(node: Node, options: ReadOptions): AsyncIterable<Uint8Array> {
    return readContent(this.#blobs, node.content ?? [], options);
  }
}

/** A range of at most so many bytes is taken to end within a blob or two. */
const longRange = 1024 * 1024;
/** How many of the blobs that follow may be fetched by the same request. */
const lookAhead = 64;

/** The bytes of blobs in order, or a range of them. A range has to read the blobs before it only when their lengths are unknown. */
export async function* readContent(
  blobs: BlobReader,
  content: readonly string[],
  { signal, range }: ReadOptions,
): AsyncIterable<Uint8Array> {
  let at = 0;
  const end = range ? range.offset + range.length : Number.POSITIVE_INFINITY;
  for (const [i, id] of content.entries()) {
    if (at >= end) break;
    throwIfAborted(signal);
    const blob = await blobs.read(id, 'data', end - at > longRange ? content.slice(i + 1, i + 1 + lookAhead) : []);
    const from = Math.max(0, (range?.offset ?? 0) - at);
    if (from < blob.byteLength) yield blob.subarray(from, Math.min(blob.byteLength, end - at));
    at += blob.byteLength;
  }
  if (range && at < end) throw new BackupError('INVALID_RANGE', `the file ends at ${at}, before byte ${end}`);
}
