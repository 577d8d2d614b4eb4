import { BlobSealer } from './blob-sealer.ts';
import { BlobTable } from './blob-table.ts';
import type { FinishedPack, WorkerSetup } from './messages.ts';
import { PackPool } from './pack-pool.ts';
import { Packer } from './packer.ts';
import { openCodecs } from './transforms.ts';

/** More than this is worth the start of a thread. */
const mostBytes = 512 * 1024;

/**
 * Seals the trees of a run in which no file has changed: only folders that lead to the source have new times then, and a thread takes
 * longer to start than that. For the main thread, as long as no worker has begun.
 */
export class FewTrees {
  readonly #setup: WorkerSetup;
  readonly #pool: PackPool;
  readonly #finished: (pack: FinishedPack) => void;
  #sealer: Promise<BlobSealer> | undefined;
  #bytes = 0;

  constructor(setup: WorkerSetup, finished: (pack: FinishedPack) => void) {
    this.#setup = setup;
    this.#pool = new PackPool(setup.pool);
    this.#finished = finished;
  }

  /**
   * What the tree added; `undefined` when it is for a thread: there have been too many, one has begun, or there is no buffer free, and this
   * thread must not wait for one that it alone can give back. What is open then is handed on: `buffersFor` counts packs of threads only, and one
   * that stood open beside them could be the one that a thread waits for.
   */
  async seal(json: Uint8Array, hasThreads: () => boolean): Promise<number | undefined> {
    const isFew = this.#bytes + json.byteLength <= mostBytes;
    if (isFew && !hasThreads()) {
      this.#bytes += json.byteLength;
      this.#sealer ??= this.#open();
      const sealer = await this.#sealer;
      // A thread that began meanwhile could take the last buffer.
      if (!hasThreads() && this.#pool.hasFree) return sealer.seal(json, 'tree').newBytes;
    }
    // One that is called meanwhile may seal more with the same.
    (await this.#sealer)?.flush();
    return undefined;
  }

  async #open(): Promise<BlobSealer> {
    const { encrypt, macK, macR } = this.#setup.masterKey;
    const key = { encrypt: Buffer.from(encrypt), macK: Buffer.from(macK), macR: Buffer.from(macR) };
    const table = new BlobTable(this.#setup.table);
    return new BlobSealer(await openCodecs(this.#setup), table, new Packer(key, this.#pool, table, this.#finished));
  }

  /** Hands on the pack that is open. */
  async flush(): Promise<void> {
    const sealer = await this.#sealer;
    this.#sealer = undefined;
    sealer?.flush();
  }
}
