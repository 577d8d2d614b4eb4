import { hash } from 'node:crypto';

/** More than two, so that one that ends early leaves another beside which the rest of a long one is hashed. */
export const lanes = [0, 1, 2, 3] as const;
export type Lane = (typeof lanes)[number];

/** SHA-256 of several texts, each in its lane and none the other's concern; two are hashed at the same time. */
export interface HashPair {
  /** What the lane had before is given up. The bytes are not to be changed until its end. */
  begin(lane: Lane, bytes: Uint8Array): void;
  /** Hashes a lane on beside others, as far as they go; whether what is left of it would gain from one more. */
  lacks(lane: Lane): boolean;
  /** The hash in hex of what the lane began with, once for each beginning. */
  end(lane: Lane): string;
}

/** One text after the other. */
export class PlainHashPair implements HashPair {
  readonly #texts: Uint8Array[] = lanes.map(() => nothing);

  begin(lane: Lane, bytes: Uint8Array): void {
    this.#texts[lane] = bytes;
  }

  lacks(): boolean {
    return false;
  }

  end(lane: Lane): string {
    const bytes = this.#texts[lane] ?? nothing;
    this.#texts[lane] = nothing;
    return hash('sha256', bytes);
  }
}
const nothing = new Uint8Array(0);
