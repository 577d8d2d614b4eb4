import { createHash, type Hash } from 'node:crypto';

/** https://www.dropbox.com/developers/reference/content-hash */
const blockSize = 4 * 1024 * 1024;

/** Dropbox's own hash of a content: the SHA-256 of the SHA-256 of each block, in hex. */
export class ContentHash {
  readonly #whole = createHash('sha256');
  #block: Hash | undefined;
  #filled = 0;

  update(piece: Uint8Array): this {
    for (let rest = piece; rest.byteLength > 0;) {
      const taken = rest.subarray(0, blockSize - this.#filled);
      this.#block = (this.#block ?? createHash('sha256')).update(taken);
      this.#filled += taken.byteLength;
      if (this.#filled === blockSize) this.#closeBlock();
      rest = rest.subarray(taken.byteLength);
    }
    return this;
  }

  /** Once only. */
  digest(): string {
    this.#closeBlock();
    return this.#whole.digest('hex');
  }

  #closeBlock(): void {
    if (this.#block !== undefined) this.#whole.update(this.#block.digest());
    this.#block = undefined;
    this.#filled = 0;
  }
}

export const contentHash = (content: Uint8Array): string => new ContentHash().update(content).digest();
