export interface ScanRange {
  /** At least 65, so that a whole hash window stands before it. */
  readonly from: number;
  /** At most the length of the window. */
  readonly to: number;
}

/**
 * Finds where the rolling hash of the last 64 bytes meets a chunker's condition. The hash depends on those bytes alone, so where it is
 * looked for first cannot change what is found.
 */
export interface Scanner {
  /** The smallest n from `from` to `to` such that bytes n - 64 … n - 1 meet the condition for `bound` (32 bits), or 0. */
  find(window: Uint8Array, range: ScanRange, bound: number): number;
  /** As in `Chunker`. */
  readonly buffer?: (bytes: number) => Uint8Array;
}
