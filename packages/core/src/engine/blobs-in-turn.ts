import { PlainHashPair, type HashPair, type Lane } from '../posix/hash-pair.ts';
import { nativeHashPair } from '../posix/native-hash-pair.ts';
import { type BlobOpener, provenBy, type SealedBlob } from './blob-opener.ts';

/** A blob of a list, as it stands in memory until the list is done with. */
export interface BlobInTurn extends SealedBlob {
  readonly sealed: Uint8Array;
  /** Nothing else needs the sealed bytes: its content may take their place, and it is opened once. */
  readonly spent: boolean;
}

/** Below this a blob is not worth being hashed along with another. */
const worthTwo = 16 * 1024;

/** What a lane holds: a blob of the list, opened and on the way to its hash, or why it could not be. */
interface Held {
  readonly index: number;
  readonly id: string;
  readonly content?: Uint8Array;
  readonly problem?: unknown;
}

/**
 * Opens blobs that are asked for one after the other, and the next one along, so that two are hashed at the same time. For one thread. A list begins with
 * `begin`.
 */
export class BlobsInTurn {
  /** One for each lane. */
  readonly #openers: readonly [BlobOpener, BlobOpener];
  readonly #pair: HashPair;
  readonly #isPaired: boolean;
  #list: (index: number) => BlobInTurn | undefined = () => undefined;
  #held: [Held | undefined, Held | undefined] = [undefined, undefined];

  constructor(openers: readonly [BlobOpener, BlobOpener], native: HashPair | undefined = nativeHashPair()) {
    this.#openers = openers;
    this.#isPaired = native !== undefined;
    this.#pair = native ?? new PlainHashPair();
  }

  /** A new list; `undefined` where it has no blob of that number. */
  begin(list: (index: number) => BlobInTurn | undefined): void {
    this.#list = list;
    this.#held = [undefined, undefined];
  }

  /** The content of a blob, good until the next call. CORRUPT when a byte of it, or of what it is sealed with, is another one. */
  open(index: number): Uint8Array {
    const lane = laneOf(index);
    const blob = this.#list(index);
    if (blob === undefined) throw new RangeError(`the list has no blob ${index}`);
    if (this.#held[lane]?.index !== index) this.#hold(lane, index, blob);
    const next = this.#isPaired && isWorth(blob) ? this.#list(index + 1) : undefined;
    const other = laneOf(index + 1);
    if (next !== undefined && isWorth(next) && this.#held[other]?.index !== index + 1)
      this.#hold(other, index + 1, next);
    return this.#take(lane);
  }

  #hold(lane: Lane, index: number, { sealed, id, compressed, spent }: BlobInTurn): void {
    this.#held[lane] = undefined;
    try {
      const content = this.#openers[lane].openUnproven(sealed, { compressed, spent });
      this.#pair.begin(lane, content);
      this.#held[lane] = { index, id, content };
    } catch (problem) {
      // Told when it is its turn.
      this.#held[lane] = { index, id, problem };
    }
  }

  #take(lane: Lane): Uint8Array {
    const held = this.#held[lane];
    this.#held[lane] = undefined;
    if (held?.content === undefined) throw held?.problem;
    return provenBy(this.#pair.end(lane), held.content, held.id);
  }
}

const laneOf = (index: number): Lane => (index % 2 === 0 ? 0 : 1);
const isWorth = ({ sealed }: BlobInTurn): boolean => sealed.byteLength >= worthTwo;
