import type { BytePath } from '../bytes.ts';
import { BackupError, isBackupError } from '../errors.ts';
import type { Node } from '../repository/node.ts';
import type { ReadOptions, SnapshotReader } from '../source/source.ts';
import type { TreeReader } from './tree-reader.ts';

/**
 * The previous snapshot for a source to compare with. Whatever cannot be had of it, damaged or on a destination that went away, is not
 * there: then it is read again, and the run goes on.
 */
export class ComparableSnapshot implements SnapshotReader {
  readonly #inner: SnapshotReader;

  constructor(inner: SnapshotReader) {
    this.#inner = inner;
  }

  get id(): string {
    return this.#inner.id;
  }

  get time(): string {
    return this.#inner.time;
  }

  async node(path: BytePath): Promise<Node | undefined> {
    try {
      return await this.#inner.node(path);
    } catch (error) {
      throwInterruption(error);
      return undefined;
    }
  }

  async *list(path: BytePath): AsyncIterable<Node> {
    try {
      yield* this.#inner.list(path);
    } catch (error) {
      throwInterruption(error);
      if (isBackupError(error, 'NOT_FOUND')) throw error;
      throw new BackupError('NOT_FOUND', 'that part of the previous snapshot cannot be read', { cause: error });
    }
  }

  read(node: Node, options: ReadOptions): AsyncIterable<Uint8Array> {
    return this.#inner.read(node, options);
  }
}

/** The nodes of a tree of the previous snapshot; none when it cannot be had. */
export const comparableNodes = async (trees: TreeReader, tree: string | undefined): Promise<readonly Node[]> => {
  if (tree === undefined) return [];
  try {
    return await trees.read(tree);
  } catch (error) {
    throwInterruption(error);
    return [];
  }
};

/** Throws on what ends a run, and takes everything else for an answer that cannot be had. */
export const throwInterruption = (error: unknown): void => {
  if (!isBackupError(error) || error.code === 'ABORTED') throw error;
};
