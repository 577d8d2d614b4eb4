/** Finds content-defined boundaries. Pure and synchronous: it runs in worker threads. */
export interface Chunker {
  readonly id: string;
  /** The most bytes one chunk can have; `window` holds at least that many unless `last`. At most `maxBlobSize`. */
  readonly maxSize: number;
  /** Length (1 … maxSize) of the next chunk at the start of `window`, which is not empty; `last` says that nothing follows it. */
  cut(window: Uint8Array, last: boolean): number;
  /**
   * At least `bytes` of memory that this chunker reads without a copy when `window` stands on it; what it gave before is void. The
   * content of `window` is never changed.
   */
  buffer?(bytes: number): Uint8Array;
}

/**
 * Encodes one blob; synchronous, runs in worker threads. For every input, `decode(encode(x))` is `x`; a decoder that cannot prove it got
 * the right bytes throws CORRUPT. Neither function keeps or changes its argument; the argument may stand on shared memory.
 */
export interface Codec {
  /** Recorded in the repository, e.g. `zstd`; never changes meaning. */
  readonly id: string;
  encode(blob: Uint8Array): Uint8Array;
  /**
   * As `encode`, or undefined when that does not pay: the blob is then stored as it is and never comes to `decode`. What it gives is good until
   * the codec is called again.
   */
  encodeOrUndefined?(blob: Uint8Array): Uint8Array | undefined;
  /** `maxSize` bounds what a hostile blob may grow to. */
  decode(blob: Uint8Array, maxSize: number): Uint8Array;
}

/** The largest blob that the engine makes: it has to fit into one pack buffer. */
export const maxBlobSize = 8 * 1024 * 1024;
