import { instantiate, type WasmInstance } from '../transform/wasm/webassembly.ts';
import { entryWords } from './blob-entry.ts';
import { setDigits } from '../transform/wasm/digits.ts';
import { assembleIndexScan, found, longestBlob, pages, state, window } from './index-kernel.ts';

interface Functions {
  blobs(p: number, stop: number, out: number, offset: bigint): number;
}

export interface ScannedBlobs {
  /** Behind the last of them in the JSON. */
  readonly at: number;
  readonly entries: number;
  /** How many of them are. */
  readonly compressed: number;
  /** The bytes of all of them together. */
  readonly offset: number;
}

let instance: WasmInstance | undefined;

/** Reads the blobs that one index file lists for its packs, from the first pack to the last. */
export class BlobScanner {
  readonly #json: Uint8Array;
  readonly #bytes: Uint8Array;
  readonly #result: DataView;
  readonly #functions: Functions;
  /** What of the JSON stands in the window. */
  #from = 0;
  #to = 0;

  private constructor(json: Uint8Array, { exports, memory }: WasmInstance) {
    this.#json = json;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#result = new DataView(memory.buffer);
    this.#functions = exports as Functions;
  }

  /** Undefined where WebAssembly cannot be had. */
  static create(json: Uint8Array): BlobScanner | undefined {
    instance ??= withDigits(instantiate(assembleIndexScan));
    return instance && new BlobScanner(json, instance);
  }

  /** Of the pack whose first blob is at `at`: its entries go to `words`, behind `entries` others. Undefined when one is not as it should be. */
  scan(at: number, words: Uint32Array, entries: number): ScannedBlobs | undefined {
    let compressed = 0;
    let count = 0;
    let offset = 0n;
    for (let p = at; ;) {
      this.#show(p);
      const stop = this.#to === this.#json.byteLength ? window.bytes : this.#to - this.#from - longestBlob;
      const end = this.#functions.blobs(window.at + p - this.#from, window.at + stop, window.out, offset);
      const read = this.#result.getUint32(found.entries, true);
      words.set(new Uint32Array(this.#bytes.buffer, window.out, read * entryWords), (entries + count) * entryWords);
      count += read;
      compressed += this.#result.getUint32(found.compressed, true);
      offset = this.#result.getBigUint64(found.offset, true);
      p = end - window.at + this.#from;
      const how = this.#result.getUint32(found.state, true);
      if (how === state.wrong) return undefined;
      if (how === state.ended) return { at: p, entries: count, compressed, offset: Number(offset) };
    }
  }

  /** Has at least one blob from there on in the window. */
  #show(at: number): void {
    const isThere = at >= this.#from && (this.#to === this.#json.byteLength || at + longestBlob < this.#to);
    if (isThere && this.#to > 0) return;
    this.#from = at;
    this.#to = Math.min(this.#json.byteLength, at + window.bytes);
    this.#bytes.set(this.#json.subarray(at, this.#to), window.at);
    const end = window.at + this.#to - at;
    this.#bytes.fill(0, end, end + longestBlob);
  }
}

const withDigits = (made: WasmInstance | undefined): WasmInstance | undefined => {
  made?.memory.grow(pages - 1);
  if (made !== undefined) setDigits(made.memory);
  return made;
};
