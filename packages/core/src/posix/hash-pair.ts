import { hash } from 'node:crypto';

export type Lane = 0 | 1;

/** SHA-256 of two texts, each in its lane and none the other's concern. */
export interface HashPair {
  /** What the lane had before is given up. The bytes are not to be changed until its end. */
  begin(lane: Lane, bytes: Uint8Array): void;
  /** The hash in hex of what the lane began with, once for each beginning. */
  end(lane: Lane): string;
}

/** One text after the other. */
export class PlainHashPair implements HashPair {
  readonly #texts: [Uint8Array, Uint8Array] = [nothing, nothing];

  begin(lane: Lane, bytes: Uint8Array): void {
    this.#texts[lane] = bytes;
  }

  end(lane: Lane): string {
    const bytes = this.#texts[lane];
    this.#texts[lane] = nothing;
    return hash('sha256', bytes);
  }
}
const nothing = new Uint8Array(0);
