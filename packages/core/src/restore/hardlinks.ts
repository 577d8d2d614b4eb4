import type { BytePath } from '../bytes.ts';
import type { Node } from '../repository/node.ts';

/** A file that stands restored, where others can be linked to it. */
export interface LinkSource {
  /** In the target folder, from its root. */
  readonly place: BytePath;
  readonly inode: bigint;
}

interface Group {
  readonly source: Promise<LinkSource | undefined>;
  left: bigint;
}

/**
 * The files that are to be one file under several names: same inode on the same device, more than one link. A group is forgotten when
 * all its names have come.
 */
export class Hardlinks {
  readonly #groups = new Map<string, Group>();

  /**
   * `undefined` for a file that stands alone. The first of a group gets `settle`, to be called once with where it stands, or with nothing
   * when it could not be restored; each other one waits for that.
   */
  claim(
    node: Node,
  ):
    | { readonly settle: (source: LinkSource | undefined) => void }
    | { readonly source: Promise<LinkSource | undefined> }
    | undefined {
    if (node.type !== 'file' || node.links === undefined || node.links < 2n || node.inode === undefined)
      return undefined;
    const key = `${node.deviceId ?? 0n}:${node.inode}`;
    const group = this.#groups.get(key);
    if (group) {
      group.left -= 1n;
      if (group.left === 0n) this.#groups.delete(key);
      return { source: group.source };
    }
    const { promise, resolve } = Promise.withResolvers<LinkSource | undefined>();
    this.#groups.set(key, { source: promise, left: node.links - 1n });
    return { settle: resolve };
  }
}
