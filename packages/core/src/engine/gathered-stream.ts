/** Pieces of any size on their way to a worker: gathered in shared memory, and read there while the next ones come. */
import { copyBytes } from './copy-bytes.ts';
import type { Piece } from './messages.ts';

/** Large enough that a message costs nothing beside its bytes, small enough to stand in the cache of a processor. */
export const gatherBytes = 512 * 1024;
/** One is filled, one is read, and those between keep the worker busy while this thread does something else. */
const parts = 4;
/** What a stream may have on its way. */
export const roomBytes = parts * gatherBytes;

/** Memory that the workers see as well; `id` is its number in messages. A worker reads some of its parts while another one is filled. */
export interface SharedRoom {
  readonly id: number;
  readonly memory: SharedArrayBuffer;
  readonly bytes: Uint8Array;
}

export const sharedRoom = (id: number): SharedRoom => {
  const memory = new SharedArrayBuffer(roomBytes);
  return { id, memory, bytes: new Uint8Array(memory) };
};

export interface GatheredStreamParts<Reply> {
  /** The piece stays until it resolves. Called again before that, for the pieces that follow. */
  readonly send: (piece: Piece, last: boolean) => Promise<Reply>;
  /** The stream's own until `finish` has resolved. */
  readonly room: SharedRoom;
}

export class GatheredStream<Reply> {
  readonly #send: GatheredStreamParts<Reply>['send'];
  readonly #room: SharedRoom;
  /** The part that is being filled. */
  #part = 0;
  #filled = 0;
  #isSent = false;
  /** What was last sent of each part. */
  readonly #underway: Promise<unknown>[] = [];

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
    copyBytes(bytes, this.#room.bytes, this.#part * gatherBytes + this.#filled);
    this.#filled += bytes.byteLength;
    return undefined;
  }

  async #pushAcross(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.byteLength;) {
      const part = bytes.subarray(from, from + gatherBytes - this.#filled);
      copyBytes(part, this.#room.bytes, this.#part * gatherBytes + this.#filled);
      this.#filled += part.byteLength;
      from += part.byteLength;
      if (this.#filled === gatherBytes) await this.#sendOn();
    }
  }

  /** Sends the rest, and gives what the worker answers to it. */
  async finish(): Promise<Reply> {
    const [reply] = await Promise.all([this.#send(this.#piece(), true), ...this.#underway]);
    return reply;
  }

  /** Resolves when the room is nobody's any more, of a stream that is dropped. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underway);
  }

  #piece(): Piece {
    return { room: this.#room.id, offset: this.#part * gatherBytes, length: this.#filled };
  }

  /** Resolves when the next part may be filled. */
  async #sendOn(): Promise<void> {
    const sent = this.#send(this.#piece(), false);
    // Told when the part is to be filled again, and at the end.
    sent.catch(() => undefined);
    this.#isSent = true;
    this.#underway[this.#part] = sent;
    this.#part = (this.#part + 1) % parts;
    this.#filled = 0;
    await this.#underway[this.#part];
  }
}
