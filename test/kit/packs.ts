/** Which packs the files of a snapshot need. */
import { type Session, walkTree } from '@triplicate/core';

/** The pack that a piece of a file stands in, as its id; of several, the first. */
export const packHolding = ({ index }: Session, blob: string): string => {
  const words = new Uint32Array(8);
  new Uint8Array(words.buffer).set(Buffer.from(blob, 'hex'));
  const [place] = index.table.places(words, false);
  if (!place) throw new TypeError(`no pack holds ${blob}`);
  return index.table.packs.id(place.pack);
};

export interface PackUse {
  /** Paths from the root of the snapshot. */
  readonly files: Set<string>;
  readonly blobs: Set<string>;
}

/** By the id of the pack. */
export const packsOf = async (session: Session, tree: string): Promise<Map<string, PackUse>> => {
  const uses = new Map<string, PackUse>();
  for await (const { path, node } of walkTree(session.trees, tree)) {
    for (const blob of node.content ?? []) {
      const pack = packHolding(session, blob);
      const use = uses.get(pack) ?? { files: new Set(), blobs: new Set() };
      uses.set(pack, use);
      use.files.add(path);
      use.blobs.add(blob);
    }
  }
  return uses;
};
