import type { FolderToLookAt, LookedFolder, LookOrders } from '../engine/messages.ts';
import type { NumberedRules, SealingPool } from '../engine/sealing-pool.ts';
import type { FolderLooker, SameFolder } from '../source/source.ts';
import type { BlobReader } from './blob-reader.ts';
import { throwInterruption } from './comparable-snapshot.ts';
import { onceATurn } from './once-a-turn.ts';

export interface FolderLooksParts {
  readonly rules: LookOrders;
  readonly blobs: BlobReader;
  readonly pool: SealingPool;
  readonly threads: number;
}

interface Waiting {
  readonly folder: FolderToLookAt;
  readonly settle: (looked: LookedFolder | undefined) => void;
  readonly fail: (error: unknown) => void;
}

/** One message carries so many folders or bytes of trees at most. */
const foldersInBatch = 16;
const bytesInBatch = 1024 * 1024;

let rulesets = 0;

/** Gathers folders that threads look at: what is asked for at about the same time goes in one message for each thread. */
export class FolderLooks {
  readonly #parts: FolderLooksParts;
  readonly #rules: NumberedRules;
  #waiting: Waiting[] = [];
  readonly #sendLater = onceATurn(() => this.#send());

  constructor(parts: FolderLooksParts) {
    this.#parts = parts;
    this.#rules = { rules: parts.rules, ruleset: ++rulesets };
  }

  async look({ path, localPath, tree }: Parameters<FolderLooker['look']>[0]): Promise<SameFolder | undefined> {
    const json = await this.#json(tree);
    if (json === undefined) return undefined;
    const looked = await new Promise<LookedFolder | undefined>((settle, fail) => {
      this.#waiting.push({ folder: { path, localPath, tree: json }, settle, fail });
      this.#sendLater();
    });
    return looked && { tree, ...looked };
  }

  /** Damaged or out of reach, it says nothing: the source looks for itself. */
  async #json(tree: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#parts.blobs.read(tree, 'tree');
    } catch (error) {
      throwInterruption(error);
      return undefined;
    }
  }

  #send(): void {
    const most = Math.min(foldersInBatch, Math.ceil(this.#waiting.length / this.#parts.threads));
    while (this.#waiting.length > 0) {
      const batch = this.#take(most);
      const folders = batch.map(({ folder }) => folder);
      this.#parts.pool.look(this.#rules, folders).then(
        (looks) => batch.forEach(({ settle }, i) => settle(looks[i])),
        (error: unknown) => batch.forEach(({ fail }) => fail(error)),
      );
    }
  }

  #take(most: number): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { folder } of this.#waiting) {
      if (count > 0 && (count >= most || bytes + folder.tree.byteLength > bytesInBatch)) break;
      bytes += folder.tree.byteLength;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}
