/** Large enough that what a phone sends in one go stands in one piece. Memory that nothing was written to is not taken from the system. */
const blockBytes = 256 * 1024;

interface Block {
  readonly bytes: Buffer;
  start: number;
  end: number;
}

/**
 * What arrived on a connection and was not read yet. It comes in pieces of 16 KiB (TLS) and is copied into a few blocks, which are used again:
 * that costs less than to hand on each piece by itself.
 */
export class ByteQueue {
  readonly #blocks: Block[] = [];
  readonly #spare: Block[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Copies them. */
  add(bytes: Uint8Array): void {
    this.#size += bytes.length;
    for (let from = 0; from < bytes.length;) {
      const block = this.#lastWithRoom();
      const part =
        from === 0 && bytes.length <= blockBytes - block.end
          ? bytes
          : bytes.subarray(from, from + blockBytes - block.end);
      block.bytes.set(part, block.end);
      block.end += part.length;
      from += part.length;
    }
  }

  /** The first bytes, at most `max`; `undefined` when there are none. The view is good until the next `take` or `takeWhole`. */
  take(max: number): Buffer | undefined {
    const block = this.#first();
    if (block === undefined) return undefined;
    return this.#cut(block, Math.min(max, block.end - block.start));
  }

  /** The first `length` bytes, or nothing and `undefined` when fewer are here. Good as long as what `take` gives. */
  takeWhole(length: number): Buffer | undefined {
    if (this.#size < length) return undefined;
    const block = this.#first();
    if (block !== undefined && block.end - block.start >= length) return this.#cut(block, length);
    const whole = Buffer.allocUnsafe(length);
    for (let at = 0; at < length;) at += this.take(length - at)?.copy(whole, at) ?? 0;
    return whole;
  }

  #cut(block: Block, length: number): Buffer {
    const { start } = block;
    block.start += length;
    this.#size -= length;
    return block.bytes.subarray(start, block.start);
  }

  /** The first block that is not read to its end. Those before it are free: what was given out of them is good no longer. */
  #first(): Block | undefined {
    for (;;) {
      const block = this.#blocks[0];
      if (block === undefined || block.start < block.end) return block;
      block.start = block.end = 0;
      if (this.#blocks.length === 1) return undefined;
      this.#blocks.shift();
      this.#spare.push(block);
    }
  }

  #lastWithRoom(): Block {
    const last = this.#blocks.at(-1);
    if (last && last.end < blockBytes) return last;
    const block = this.#spare.pop() ?? { bytes: Buffer.allocUnsafeSlow(blockBytes), start: 0, end: 0 };
    this.#blocks.push(block);
    return block;
  }
}
