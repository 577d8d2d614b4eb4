import type { PackPiece } from './held-trees.ts';
import type { FolderToLookAt, LookOrders } from './messages.ts';

export interface NumberedRules {
  readonly rules: LookOrders;
  readonly ruleset: number;
}

/** What a thread is asked to look at. */
export interface Looking {
  readonly rules: NumberedRules;
  readonly folders: readonly FolderToLookAt[];
  /** About how many bytes of trees in them will be looked at too. */
  readonly within: number;
  /** What is held of packs that such trees may be in. */
  readonly pieces: readonly PackPiece[];
}

/** To look at what a byte of a tree speaks of takes as long as sealing so many. */
const costOfByte = 10;

/** As so many bytes to seal. */
export const costOfLooking = (folders: readonly FolderToLookAt[], within: number): number =>
  (folders.reduce((sum, { tree }) => sum + tree.byteLength, 0) + within) * costOfByte;
