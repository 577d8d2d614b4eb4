import { collect } from '../body.ts';
import type { CallOptions } from '../destination/destination.ts';
import type { Node } from '../repository/node.ts';
import type { SnapshotReader } from '../source/source.ts';

export interface ContentOptions extends CallOptions {
  /** Places in `node.content` of blobs that are not wanted: they are there already. */
  readonly skip: ReadonlySet<number>;
}

/** Where a restore takes the content of files from. Several files are open at the same time, begun in the order of the tree. */
export interface FileContent {
  /**
   * The blobs of a file in their order, one whole blob at a time, its hash checked; valid until the next one is asked for. Fails with
   * CORRUPT or NOT_FOUND when no place has one whole.
   */
  open(node: Node, options: ContentOptions): AsyncIterable<Uint8Array>;
  /** One blob, by its place in `node.content`, where all of them stand in memory and nothing is to be waited for; otherwise as `open`. */
  readonly blob?: (node: Node, index: number) => Uint8Array;
  /** The plain sizes of a file's blobs in their order, where they are known without reading any. Only then is what stands already reused. */
  sizes?(node: Node): readonly number[] | undefined;
}

/** The content of files as any snapshot reader gives it. */
export const contentOf = (reader: SnapshotReader): FileContent => ({
  async *open(node, { signal, skip }) {
    for (const [index, id] of (node.content ?? []).entries()) {
      if (!skip.has(index)) yield await collect(reader.read({ ...node, content: [id] }, { signal }));
    }
  },
});
