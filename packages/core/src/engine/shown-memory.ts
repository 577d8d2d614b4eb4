/** Part of memory that a thread has been shown. */
export interface SharedView {
  readonly memory: number;
  readonly offset: number;
  readonly length: number;
}

/** Memory that later requests speak of by its number: V8 counts it as new each time that it is sent, and collects garbage for it. */
export interface ShowRequest {
  readonly memory: number;
  readonly bytes: SharedArrayBuffer;
}

/** The memory that a thread has been shown. */
export class ShownMemory {
  readonly #memories = new Map<number, SharedArrayBuffer>();

  add({ memory, bytes }: ShowRequest): void {
    this.#memories.set(memory, bytes);
  }

  view({ memory, offset, length }: SharedView): Uint8Array {
    const bytes = this.#memories.get(memory);
    if (bytes === undefined) throw new TypeError(`memory ${memory} was never shown`);
    return new Uint8Array(bytes, offset, length);
  }
}
