import type { Node } from '../repository/node.ts';
import { decodeTree } from '../repository/tree.ts';
import type { BlobReader } from './blob-reader.ts';

/** Decoded trees that are kept, by the number of their nodes. */
const keptNodes = 100_000;

/** Trees by id, decoded; the last ones are kept. */
export class TreeReader {
  readonly #blobs: Pick<BlobReader, 'read'>;
  readonly #kept = new Map<string, Promise<readonly Node[]>>();
  readonly #sizes = new Map<string, number>();
  #nodes = 0;

  constructor(blobs: Pick<BlobReader, 'read'>) {
    this.#blobs = blobs;
  }

  /** As `read`, for who asks once for what is in each folder: one without folders in it is not kept, since nobody comes by it again. */
  async readOnce(id: string): Promise<readonly Node[]> {
    const isKept = this.#kept.has(id);
    const nodes = await this.read(id);
    if (!isKept && nodes.every(({ type }) => type !== 'dir')) this.#drop(id);
    return nodes;
  }

  /** The nodes in byte order of their names. */
  read(id: string): Promise<readonly Node[]> {
    const kept = this.#kept.get(id);
    if (kept) {
      this.#kept.delete(id);
      this.#kept.set(id, kept);
      return kept;
    }
    const read = this.#blobs.read(id, 'tree').then((json) => decodeTree(json));
    this.#kept.set(id, read);
    read.then(
      (nodes) => this.#count(id, nodes.length + 1),
      () => this.#kept.delete(id),
    );
    return read;
  }

  #count(id: string, nodes: number): void {
    this.#sizes.set(id, nodes);
    this.#nodes += nodes;
    for (const oldest of this.#kept.keys()) {
      if (this.#nodes <= keptNodes || oldest === id) return;
      this.#drop(oldest);
    }
  }

  #drop(id: string): void {
    this.#kept.delete(id);
    this.#nodes -= this.#sizes.get(id) ?? 0;
    this.#sizes.delete(id);
  }
}

/** The child of that name; nodes are in byte order. */
export const findNode = (nodes: readonly Node[], name: string): Node | undefined => {
  let low = 0;
  let high = nodes.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const node = nodes[middle];
    if (node === undefined) return undefined;
    if (node.name === name) return node;
    if (node.name < name) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
};
