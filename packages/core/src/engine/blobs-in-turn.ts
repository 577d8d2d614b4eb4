import { hash } from 'node:crypto';
import { type HashPair, type Lane, lanes } from '../posix/hash-pair.ts';
import { nativeHashPair } from '../posix/native-hash-pair.ts';
import { type BlobOpener, provenBy, type SealedBlob } from './blob-opener.ts';

/** A blob of a list, as it stands in memory until the list is done with. */
export interface BlobInTurn extends SealedBlob {
  readonly sealed: Uint8Array;
  /** Nothing else needs the sealed bytes: its content may take their place, and it is opened once. */
  readonly spent: boolean;
}

/** Below this a blob is not worth being hashed along with another; one that is compressed has some three times as much to be hashed. */
const [worthTwo, worthTwoCompressed] = [8 * 1024, 4 * 1024];

/** So far ahead another blob is looked for. */
const lookAhead = 8;

/** Only two may need more memory than this for their content, or a thread would have that of four of the largest. */
const small = 64 * 1024;

/** What a lane holds: a blob of the list, opened and on the way to its hash, or why it could not be. */
interface Held {
  readonly index: number;
  readonly id: string;
  readonly content?: Uint8Array;
  readonly problem?: unknown;
}

/**
 * Opens blobs that are asked for one after the other, and as many of the next ones as it takes to hash two at the same time. For one thread. A list begins
 * with `begin`.
 */
export class BlobsInTurn {
  readonly #makeOpener: () => BlobOpener;
  readonly #pair: HashPair | undefined;
  readonly #alone: BlobOpener;
  /** One for each lane, made when it is needed. */
  readonly #openers: BlobOpener[] = [];
  readonly #held: (Held | undefined)[] = lanes.map(() => undefined);
  #list: (index: number) => BlobInTurn | undefined = () => undefined;

  constructor(makeOpener: () => BlobOpener, pair: HashPair | undefined = nativeHashPair()) {
    this.#makeOpener = makeOpener;
    this.#pair = pair;
    this.#alone = makeOpener();
  }

  /** A new list; `undefined` where it has no blob of that number. */
  begin(list: (index: number) => BlobInTurn | undefined): void {
    this.#list = list;
    for (const lane of lanes) this.#drop(lane);
  }

  /** The content of a blob, good until the next call. CORRUPT when a byte of it, or of what it is sealed with, is another one. */
  open(index: number): Uint8Array {
    const blob = this.#list(index);
    if (blob === undefined) throw new RangeError(`the list has no blob ${index}`);
    const pair = this.#pair;
    if (pair === undefined) return this.#openAlone(blob);
    // Nobody asks any more for those before.
    for (const lane of lanes) if ((this.#held[lane]?.index ?? index) < index) this.#drop(lane);
    const lane = this.#laneOf(index) ?? (isWorth(blob) ? this.#hold(index, blob) : undefined);
    if (lane === undefined) return this.#openAlone(blob);
    while (pair.lacks(lane) && this.#holdAnother(index));
    return this.#take(lane, pair);
  }

  #laneOf(index: number): Lane | undefined {
    return lanes.find((lane) => this.#held[lane]?.index === index);
  }

  #openAlone({ sealed, id, compressed, spent }: BlobInTurn): Uint8Array {
    const content = this.#alone.openUnproven(sealed, { compressed, spent });
    return provenBy(hash('sha256', content), content, id);
  }

  /** Opens a blob into a free lane, if there is one for it. */
  #hold(index: number, blob: BlobInTurn): Lane | undefined {
    const { sealed, id, compressed, spent } = blob;
    const isSmall = (spent && !compressed) || sealed.byteLength <= small;
    const lane = lanes.find((one) => this.#held[one] === undefined && (isSmall || one < 2));
    if (lane === undefined) return undefined;
    try {
      const content = this.#openerOf(lane).openUnproven(sealed, { compressed, spent });
      this.#pair?.begin(lane, content);
      this.#held[lane] = { index, id, content };
    } catch (problem) {
      // Told when it is its turn.
      this.#held[lane] = { index, id, problem };
    }
    return lane;
  }

  /** The first that is worth it and not held yet: one that was passed over would have no lane when it is its turn. */
  #holdAnother(after: number): boolean {
    for (let index = after + 1; index <= after + lookAhead; index += 1) {
      const blob = this.#list(index);
      if (blob === undefined) return false;
      if (isWorth(blob) && this.#laneOf(index) === undefined) return this.#hold(index, blob) !== undefined;
    }
    return false;
  }

  #drop(lane: Lane): void {
    if (this.#held[lane]?.content !== undefined) this.#pair?.begin(lane, nothing);
    this.#held[lane] = undefined;
  }

  #openerOf(lane: Lane): BlobOpener {
    return (this.#openers[lane] ??= this.#makeOpener());
  }

  #take(lane: Lane, pair: HashPair): Uint8Array {
    const held = this.#held[lane];
    this.#held[lane] = undefined;
    if (held?.content === undefined) throw held?.problem;
    return provenBy(pair.end(lane), held.content, held.id);
  }
}

const nothing = new Uint8Array(0);
const isWorth = ({ sealed, compressed }: BlobInTurn): boolean =>
  sealed.byteLength >= (compressed ? worthTwoCompressed : worthTwo);
