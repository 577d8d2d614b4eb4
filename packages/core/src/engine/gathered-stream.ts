/** Pieces of any size on their way to a worker: gathered in shared memory, and read there while the next ones come. */
import { copyBytes } from './copy-bytes.ts';
import type { Piece } from './messages.ts';

/** Large enough that a message costs nothing beside its bytes, small enough to stand in the cache of a processor. */
export const gatherBytes = 512 * 1024;

/** Memory that the workers see as well; `id` is its number in messages. It has two halves: a worker reads one while the other is filled. */
export interface SharedRoom {
  readonly id: number;
  readonly memory: SharedArrayBuffer;
  readonly bytes: Uint8Array;
}

export const sharedRoom = (id: number): SharedRoom => {
  const memory = new SharedArrayBuffer(2 * gatherBytes);
  return { id, memory, bytes: new Uint8Array(memory) };
};

export interface GatheredStreamParts<Reply> {
  /** The piece stays until it resolves. One call at a time. */
  readonly send: (piece: Piece, last: boolean) => Promise<Reply>;
  /** The stream's own until `finish` has resolved. */
  readonly room: SharedRoom;
}

export class GatheredStream<Reply> {
  readonly #send: GatheredStreamParts<Reply>['send'];
  readonly #room: SharedRoom;
  #half = 0;
  #filled = 0;
  #isSent = false;
  #underway: Promise<unknown> = Promise.resolve();

  constructor({ send, room }: GatheredStreamParts<Reply>) {
    this.#send = send;
    this.#room = room;
  }

  /** Everything that was pushed, as long as nothing of it was sent; to be used before the next push. */
  get unsent(): Uint8Array | undefined {
    return this.#isSent ? undefined : this.#room.bytes.subarray(0, this.#filled);
  }

  /** `undefined` when there is room for more; else resolves when there is, and rejects when what was sent before was refused. */
  push(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#filled + bytes.byteLength >= gatherBytes) return this.#pushAcross(bytes);
    copyBytes(bytes, this.#room.bytes, this.#half * gatherBytes + this.#filled);
    this.#filled += bytes.byteLength;
    return undefined;
  }

  async #pushAcross(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.byteLength;) {
      const part = bytes.subarray(from, from + gatherBytes - this.#filled);
      copyBytes(part, this.#room.bytes, this.#half * gatherBytes + this.#filled);
      this.#filled += part.byteLength;
      from += part.byteLength;
      if (this.#filled === gatherBytes) await this.#sendOn();
    }
  }

  /** Sends the rest, and gives what the worker answers to it. */
  async finish(): Promise<Reply> {
    await this.#underway;
    return this.#send(this.#piece(), true);
  }

  #piece(): Piece {
    return { room: this.#room.id, offset: this.#half * gatherBytes, length: this.#filled };
  }

  async #sendOn(): Promise<void> {
    await this.#underway;
    this.#underway = this.#send(this.#piece(), false);
    this.#isSent = true;
    // Told by the next call.
    this.#underway.catch(() => undefined);
    this.#half = 1 - this.#half;
    this.#filled = 0;
  }
}
