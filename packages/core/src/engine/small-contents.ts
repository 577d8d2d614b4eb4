import { copyBytes } from './copy-bytes.ts';
import { gatherBytes, type SharedRoom } from './gathered-stream.ts';
import type { Piece, SealedContent } from './messages.ts';

/** A content of at most so many bytes is small: a good many travel in one message. */
export const mostSmallBytes = gatherBytes / 4;
/** So many messages are under way at most; each has shared memory of its own. */
const mostUnderway = 4;

export interface SmallContentsParts {
  /** Has a worker seal contents of these sizes. The piece stays until it resolves. */
  readonly send: (piece: Piece, sizes: readonly number[]) => Promise<readonly SealedContent[]>;
  readonly borrow: () => SharedRoom;
  readonly giveBack: (room: SharedRoom) => void;
}

/** All bytes of a content are handed over. */
export interface EndedContent {
  /** Resolves when it is sealed. */
  readonly content: Promise<SealedContent>;
  /** Resolves when there is room for another content; never rejects. */
  readonly room: Promise<void>;
}

interface Batch {
  readonly room: SharedRoom;
  readonly sizes: number[];
  readonly settle: PromiseWithResolvers<SealedContent>[];
  filled: number;
}

/**
 * Whole contents that are small, on their way to the workers: the first goes at once, and what comes before the answer waits and goes
 * together. A message costs a thread as much as it costs to seal some kilobytes.
 */
export class SmallContents {
  readonly #parts: SmallContentsParts;
  readonly #underway = new Set<Promise<void>>();
  #batch: Batch | undefined;

  constructor(parts: SmallContentsParts) {
    this.#parts = parts;
  }

  /** The bytes are copied at once. */
  add(bytes: Uint8Array): EndedContent {
    if (this.#batch && this.#batch.filled + bytes.byteLength > gatherBytes) this.#send();
    const batch = (this.#batch ??= { room: this.#parts.borrow(), sizes: [], settle: [], filled: 0 });
    copyBytes(bytes, batch.room.bytes, batch.filled);
    batch.filled += bytes.byteLength;
    batch.sizes.push(bytes.byteLength);
    const settle = Promise.withResolvers<SealedContent>();
    batch.settle.push(settle);
    if (this.#underway.size === 0) this.#send();
    return { content: settle.promise, room: this.#untilRoom() };
  }

  async #untilRoom(): Promise<void> {
    while (this.#underway.size >= mostUnderway) await Promise.race(this.#underway);
  }

  #send(): void {
    const batch = this.#batch;
    if (!batch) return;
    this.#batch = undefined;
    const sent = this.#seal(batch).finally(() => {
      this.#underway.delete(sent);
      if (this.#underway.size === 0) this.#send();
    });
    this.#underway.add(sent);
  }

  async #seal({ room, sizes, settle, filled }: Batch): Promise<void> {
    try {
      const contents = await this.#parts.send({ room: room.id, offset: 0, length: filled }, sizes);
      this.#parts.giveBack(room);
      for (const [i, { resolve, reject }] of settle.entries()) {
        const content = contents[i];
        if (content) resolve(content);
        else reject(new TypeError('a content was sent and not answered'));
      }
    } catch (error) {
      for (const { reject } of settle) reject(error);
    }
  }
}
