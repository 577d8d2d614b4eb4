import {
  type ByteName,
  type BytePath,
  isBackupError,
  type Node,
  type OtherEntry,
  type SnapshotReader,
} from '@triplicate/core';

/** A folder of the previous snapshot, looked through in step with the walk: both are in byte order. */
export class PreviousFolder {
  readonly #nodes: readonly Node[];
  #next = 0;

  private constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
  }

  /** Empty where there is no such folder. What the previous snapshot cannot tell, because it is damaged or out of reach, is read again. */
  static async open(reader: SnapshotReader | undefined, path: BytePath): Promise<PreviousFolder> {
    const nodes: Node[] = [];
    if (reader === undefined) return new PreviousFolder(nodes);
    try {
      for await (const node of reader.list(path)) nodes.push(node);
    } catch (error) {
      if (!isBackupError(error) || error.code === 'ABORTED') throw error;
    }
    return new PreviousFolder(nodes);
  }

  /** The same of some of its entries. */
  static of(entries: readonly Pick<OtherEntry, 'before'>[]): PreviousFolder {
    return new PreviousFolder(entries.flatMap(({ before }) => before ?? []));
  }

  /** The node of this name, if there is one; names are asked for in byte order. */
  take(name: ByteName): Node | undefined {
    for (let node = this.#nodes[this.#next]; node !== undefined; node = this.#nodes[++this.#next]) {
      if (node.name === name) return node;
      if (node.name > name) return undefined;
    }
    return undefined;
  }
}
