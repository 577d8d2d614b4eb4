import type { Node, ReadOptions, SnapshotReader } from '@triplicate/core';

/** The same snapshot; `read` is told how many bytes were given out with each piece. */
export const countedReader = (reader: SnapshotReader, read: (bytes: number) => void): SnapshotReader => ({
  id: reader.id,
  time: reader.time,
  node: (path) => reader.node(path),
  list: (path) => reader.list(path),
  read: (node, options) => countReads(reader, node, { options, read }),
});

async function* countReads(
  reader: SnapshotReader,
  node: Node,
  { options, read }: { readonly options: ReadOptions; readonly read: (bytes: number) => void },
): AsyncIterable<Uint8Array> {
  for await (const part of reader.read(node, options)) {
    read(part.byteLength);
    yield part;
  }
}
