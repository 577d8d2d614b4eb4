import type { Codec } from '../transform/transform.ts';
import type { BlobTable } from './blob-table.ts';
import { idWordsFromBytes } from './ids.ts';
import type { Packer } from './packer.ts';

/** From a plain blob to a place in a pack, inside a worker: hash → known? → encode → seal. */
export class BlobSealer {
  readonly #codecs: readonly Codec[];
  readonly #table: BlobTable;
  readonly #packer: Packer;

  constructor(codecs: readonly Codec[], table: BlobTable, packer: Packer) {
    this.#codecs = codecs;
    this.#table = table;
    this.#packer = packer;
  }

  /** `newBytes` is what it costs in the repository: 0 when every replica has it or will have it. */
  seal(plain: Uint8Array, type: 'data' | 'tree'): { readonly id: Buffer; readonly newBytes: number } {
    const id = this.#packer.idOf(plain);
    const words = idWordsFromBytes(id);
    const tree = type === 'tree';
    const mask = this.#table.neededBy(words, tree);
    if (mask === 0 || !this.#table.claim(words, tree)) return { id, newBytes: 0 };
    const encoded = this.#encode(plain);
    const compressed = encoded !== undefined;
    const length = compressed ? { uncompressedLength: plain.byteLength } : {};
    const place = this.#packer.add({ id: id.toString('hex'), type, bytes: encoded ?? plain, mask, ...length });
    this.#table.settle(words, tree, { ...place, compressed });
    return { id, newBytes: place.length };
  }

  /** `undefined`: stored as it is. Only a codec that stands alone may choose that, since one mark says whether the whole chain was used. */
  #encode(plain: Uint8Array): Uint8Array | undefined {
    const [only] = this.#codecs;
    if (only === undefined) return undefined;
    if (this.#codecs.length === 1 && only.encodeOrUndefined) return only.encodeOrUndefined(plain);
    return this.#codecs.reduce((bytes, codec) => codec.encode(bytes), plain);
  }

  flush(): void {
    this.#packer.flush();
  }
}
