import { type ByteName, type BytePath, isBackupError, type Node, type SnapshotReader } from '@triplicate/core';

/** A folder of the previous snapshot, read in step with the walk: both are in byte order, so no more than one node is held. */
export class PreviousFolder {
  readonly #nodes: AsyncIterator<Node> | undefined;
  #ahead: Node | undefined;
  #ended: boolean;

  constructor(reader: SnapshotReader | undefined, path: BytePath) {
    this.#nodes = reader?.list(path)[Symbol.asyncIterator]();
    this.#ended = this.#nodes === undefined;
  }

  /** The node of this name, if there is one; names are asked for in byte order. */
  async take(name: ByteName): Promise<Node | undefined> {
    while (!this.#ended && (this.#ahead === undefined || this.#ahead.name < name)) await this.#advance();
    return this.#ahead?.name === name ? this.#ahead : undefined;
  }

  /** Lets go of the rest of the listing. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#nodes?.return?.();
    this.#ended = true;
    this.#ahead = undefined;
  }

  async #advance(): Promise<void> {
    try {
      const next = await this.#nodes?.next();
      if (next?.done === false) {
        this.#ahead = next.value;
        return;
      }
    } catch (error) {
      // What the previous snapshot cannot tell, because it is damaged or out of reach, is read again.
      if (!isBackupError(error) || error.code === 'ABORTED') throw error;
    }
    this.#ended = true;
    this.#ahead = undefined;
  }
}
